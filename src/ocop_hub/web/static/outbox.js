// The outbox of photos. What is chosen is made smaller, kept in this browser's database and sent one by one; an
// entry goes only when the server has said which bytes arrived. So a dead network, a closed tab or a phone that
// goes out loses nothing. Without IndexedDB the form is sent as any other.

const DATABASE = "ocop-hub-outbox";
const STORE = "photos";
const LONGEST_EDGE = 1600;
const THUMB_EDGE = 128;
const QUALITY = 0.85;
const TIMEOUT = 120_000;
const LONGEST_PAUSE = 300_000;
//: Answers that say nothing against the photo: later is another time.
const TRY_LATER = new Set([408, 425, 429]);

const box = document.querySelector("[data-outbox]");
const form = document.querySelector("form[data-outbox-form]");
const words = box.dataset;
const list = box.querySelector("[data-outbox-list]");

let token = "";
let current = 0;
let failures = 0;
let notBefore = 0;
let signedOut = false;
let reading = 0;
let busy = false;
let timer = 0;
let shownAs = "";

// ---- kept in the browser ----

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      // Strict: on disk before we say that it is kept.
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// On a phone that several people use, each sees and sends only her own.
async function entries() {
  const kept = await inStore("readonly", (store) => store.getAll());
  return kept.filter((entry) => entry.owner === words.owner);
}

// Nothing that was dropped meanwhile, here or in another tab, comes back.
function change(id, values) {
  return inStore("readwrite", (store) => {
    const request = store.get(id);
    request.onsuccess = () => request.result && store.put({ ...request.result, ...values });
    return request;
  });
}

const forget = (id) => inStore("readwrite", (store) => store.delete(id));

// ---- taken in ----

function drawn(picture, edge) {
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// What this browser cannot decode (HEIC in Chrome) goes as it is: the server reads more kinds.
async function smaller(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return { blob: file, thumb: "" };
  }
  try {
    const thumb = drawn(picture, THUMB_EDGE).toDataURL("image/jpeg", 0.6);
    const canvas = drawn(picture, LONGEST_EDGE);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
    const small = Math.max(picture.width, picture.height) <= LONGEST_EDGE && file.size <= (blob ? blob.size : Infinity);
    return { blob: blob && !small ? blob : file, thumb };
  } finally {
    picture.close();
  }
}

// Browsers give crypto.subtle on https and on this machine only. On the plain http of a local network the entry has
// no hash, and the number of bytes that arrived is compared instead.
async function hashOf(bytes) {
  if (!globalThis.crypto || !crypto.subtle) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function take(file) {
  const { blob, thumb } = await smaller(file);
  const bytes = await blob.arrayBuffer();
  const entry = {
    owner: words.owner,
    product: form.dataset.product,
    productName: form.dataset.name,
    name: file.name || "anh.jpg",
    type: blob.type,
    bytes,
    size: bytes.byteLength,
    sha256: await hashOf(bytes),
    thumb,
    state: "waiting",
    problem: "",
    tries: 0,
    faults: 0,
  };
  await inStore("readwrite", (store) => store.add(entry));
}

// ---- sent ----

class SignedOut extends Error {}
class ServerFault extends Error {}

async function freshToken() {
  const answer = await fetch("/api/v1/session", { cache: "no-store", signal: AbortSignal.timeout(30_000) });
  if (answer.status === 401) throw new SignedOut();
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  const session = await answer.json();
  // Somebody else signed in since this page was opened.
  if (session.user.id !== words.owner) throw new SignedOut();
  token = session.csrf_token;
}

// The page may be a day old, and its token with it: the session is asked for one.
async function posted(entry, again = true) {
  if (!token) await freshToken();
  const body = new FormData();
  body.append("photo", new Blob([entry.bytes], { type: entry.type }), entry.name);
  const answer = await fetch(`/api/v1/products/${entry.product}/photos`, {
    method: "POST", body, headers: { "X-CSRF-Token": token }, signal: AbortSignal.timeout(TIMEOUT),
  });
  if (answer.status === 401) throw new SignedOut();
  if (answer.status === 403 && again) {
    token = "";
    return posted(entry, false);
  }
  return answer;
}

// Returns when the photo is off our hands or refused; an error means: later.
async function send(entry) {
  const answer = await posted(entry);
  const kind = answer.headers.get("content-type") || "";
  if (answer.ok) {
    const said = await answer.json();
    const arrived = entry.sha256 ? said.received_sha256 === entry.sha256 : said.received_bytes === entry.size;
    if (!arrived) throw new ServerFault("other bytes arrived");
    await forget(entry.id);
    return;
  }
  // A refusal of ours is a problem object; whatever stands between us and the network answers otherwise.
  if (answer.status >= 500 || TRY_LATER.has(answer.status) || !kind.startsWith("application/problem+json")) {
    throw new ServerFault(`${answer.status}`);
  }
  await change(entry.id, { state: "refused", problem: (await answer.json()).detail });
}

async function next() {
  if (navigator.onLine === false || Date.now() < notBefore) return null;
  const waiting = (await entries()).filter((entry) => entry.state === "waiting");
  // In the order in which they were chosen: the first is the main one. One that the server failed at stands behind.
  return waiting.sort((a, b) => a.faults - b.faults || a.id - b.id)[0] || null;
}

async function sendAll() {
  for (let entry = await next(); entry; entry = await next()) {
    current = entry.id;
    await show();
    try {
      await send(entry);
      failures = 0;
      signedOut = false;
      current = 0;
      await refresh();
    } catch (error) {
      failures += 1;
      signedOut = error instanceof SignedOut;
      token = "";
      notBefore = Date.now() + Math.min(LONGEST_PAUSE, 2 ** failures * 1000) * (0.75 + Math.random() / 2);
      const fault = error instanceof ServerFault ? 1 : 0;
      await change(entry.id, { tries: entry.tries + 1, faults: entry.faults + fault });
      current = 0;
    }
  }
}

async function drain() {
  clearTimeout(timer);
  if (busy) return;
  busy = true;
  try {
    // Of several tabs one sends; two would do no harm, the server keeps the same bytes once.
    if (navigator.locks) await navigator.locks.request(DATABASE, { ifAvailable: true }, (lock) => lock && sendAll());
    else await sendAll();
  } finally {
    busy = false;
    const left = await show();
    if (left) timer = setTimeout(drain, Math.max(2000, notBefore - Date.now()));
  }
}

function now() {
  failures = 0;
  notBefore = 0;
  return drain();
}

// ---- shown ----

function button(text, look, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${look}`;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function stateOf(entry) {
  if (entry.state === "refused") return entry.problem;
  if (entry.id === current) return words.sending;
  return entry.tries ? words.failed : words.waiting;
}

function row(entry) {
  const item = document.createElement("li");
  const text = document.createElement("div");
  text.className = "cell";
  if (entry.thumb) {
    const picture = document.createElement("img");
    picture.className = "photo";
    picture.alt = "";
    picture.src = entry.thumb;
    text.append(picture);
  }
  const said = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = entry.name;
  const where = document.createElement("small");
  where.textContent = entry.productName;
  const state = document.createElement("span");
  state.className = entry.state === "refused" ? "error" : "soft";
  state.textContent = stateOf(entry);
  said.append(name, where, state);
  text.append(said);
  item.append(text);
  if (entry.id !== current) {
    if (entry.state === "refused" || entry.tries) {
      item.append(button(words.again, "quiet", async () => {
        await change(entry.id, { state: "waiting", problem: "", tries: 0, faults: 0 });
        await now();
      }));
    }
    item.append(button(words.drop, "danger", async () => {
      if (!window.confirm(words.sure)) return;
      await forget(entry.id);
      await show();
    }));
  }
  return item;
}

// How many of them may still go by themselves.
async function show() {
  const kept = await entries();
  box.hidden = kept.length === 0 && !reading;
  const say = box.querySelector("[data-outbox-say]");
  box.querySelector("[data-outbox-count]").textContent = words.count.replace("{n}", kept.length);
  if (reading) say.textContent = words.reading;
  else if (signedOut) {
    const link = document.createElement("a");
    link.href = `/dang-nhap?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = words.signIn;
    say.replaceChildren(`${words.signedOut} `, link);
  } else say.textContent = navigator.onLine === false ? words.offline : words.online;
  // Drawn anew only when it says something new: whoever stands on a button with the keyboard stays there.
  const says = JSON.stringify(kept.map((entry) => [entry.id, entry.id === current, stateOf(entry), entry.tries]));
  if (list && says !== shownAs) list.replaceChildren(...kept.map(row));
  shownAs = says;
  const see = box.querySelector("[data-outbox-see]");
  if (see && kept.length) see.href = words.page.replace("{product}", kept[0].product);
  return kept.filter((entry) => entry.state === "waiting").length;
}

// The page's own list of photos, as the server has it now; not while somebody is typing in it.
async function refresh() {
  await show();
  const shown = document.getElementById("anh-da-co");
  if (!shown || shown.contains(document.activeElement)) return;
  if ([...shown.querySelectorAll("input")].some((input) => input.value !== input.defaultValue)) return;
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(30_000) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("anh-da-co");
    if (answer.ok && fresh) shown.replaceWith(document.adoptNode(fresh));
  } catch {
    // No network: what the page shows is old, not wrong.
  }
}

async function takeAll(input) {
  const files = [...input.files];
  for (const [place, file] of files.entries()) {
    reading += 1;
    await show();
    try {
      await take(file);
    } catch {
      // The browser gives no room. What was not taken is still chosen, and the form can send it.
      const left = new DataTransfer();
      for (const each of files.slice(place)) left.items.add(each);
      input.files = left.files;
      box.hidden = false;
      box.querySelector("[data-outbox-say]").textContent = words.fullUp;
      return;
    } finally {
      reading -= 1;
    }
    drain();
  }
  input.value = "";
  await show();
}

async function start() {
  try {
    await show();
  } catch {
    return; // no database in this browser: the page works without it
  }
  if (form) {
    // What is asked of the whole browser, once something is to be kept.
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    const submit = form.querySelector("button[type=submit]");
    submit.hidden = true;
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", async () => {
        await takeAll(input);
        submit.hidden = input.files.length === 0;
      });
    }
  }
  window.addEventListener("online", now);
  window.addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) now(); });
  await drain();
}

start();
