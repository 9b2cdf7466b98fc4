// Small helps on top of pages that work without them: ask before, copy, send once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = form.dataset.confirm || (event.submitter && event.submitter.dataset.confirm);
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.method.toLowerCase() !== "post" || form.dataset.again !== undefined) return;
  // After this turn, so that the pressed button's own value is still sent.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
  // What comes back is a file: the page stays, and the next file is asked for on it.
  if (form.dataset.stays !== undefined) setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }, 5000);
});

// Coming back with the browser's own button shows the page as it was left: let its buttons work again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("form button[disabled]")) button.disabled = false;
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const before = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText((source.value || source.textContent).trim());
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 3000);
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// The phone's own place, to the metre, only when asked for.
for (const place of document.querySelectorAll("[data-position]")) {
  if (!navigator.geolocation) continue;
  place.hidden = false;
  const button = place.querySelector("button");
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById("f-latitude").value = coords.latitude.toFixed(6);
        document.getElementById("f-longitude").value = coords.longitude.toFixed(6);
      },
      () => { button.textContent = button.dataset.refused; },
    );
  });
}
