// The buyer's page works without this: it shows the button that hands the address on.
const place = document.querySelector("[data-share]");
const address = place && new URL(place.dataset.share, location.href).href;
const button = place && place.querySelector("button");

async function share() {
  if (navigator.share) {
    // Closing the phone's own sheet is no fault.
    await navigator.share({ title: document.title, url: address }).catch(() => undefined);
    return;
  }
  await navigator.clipboard.writeText(address);
  button.textContent = button.dataset.done;
}

if (button && (navigator.share || navigator.clipboard)) {
  place.hidden = false;
  button.addEventListener("click", share);
}
