// Keys for who keeps the hands on them: / searches, j and k walk, a and d answer what waits, g and a letter goes, ? shows all.
const OFF = "keys-off"; // in the browser's own memory: single keys get in the way of some who speak or tremble
const GO_MS = 1500;
const READ_MS = 800; // a question that is answered sooner was not read
const help = document.getElementById("keys-help");
const sure = document.getElementById("keys-sure");
const toggle = document.getElementById("keys-on");
const yes = sure?.querySelector("[data-yes]");
let reading = 0;
let going = -GO_MS;

function isOff() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false; // a browser that keeps nothing
  }
}

function typing(where) {
  return where instanceof Element && where.closest("input, textarea, select, [contenteditable]") !== null;
}

/** What j and k walk over: the innermost rows of the page, each with something to focus. */
function rows() {
  const all = [...document.querySelectorAll("main :is(article, li)[data-key], main ul.log > li, main ol.past > li")];
  return all.filter((row) => row.offsetParent !== null && target(row) !== null);
}

function target(row) {
  return row.querySelector("a[href], button:enabled, summary");
}

function current(all) {
  return all.findIndex((row) => row.contains(document.activeElement));
}

function walk(by) {
  const all = rows();
  if (!all.length) return;
  const at = current(all);
  const next = all[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by, 0), all.length - 1)];
  target(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

/** The call that has the focus, or the only one there is. */
function waits() {
  const all = rows().filter((row) => row.querySelector('form input[name="do"][value="once"]'));
  return all[current(all)] ?? (all.length === 1 ? all[0] : undefined);
}

function formOf(id, answer) {
  return [...document.querySelectorAll('form[action="/ui/approvals"]')].find(
    (form) => form.elements.do.value === answer && form.elements.id.value === id,
  );
}

/** Ask first: in a window whose focus is on "no", by a key that asked nothing, after there was time to read. */
function ask(answer) {
  const row = waits();
  if (!row) return;
  const id = row.querySelector('input[name="id"]').value;
  sure.querySelector("[data-what]").textContent = sure.dataset[answer];
  sure.querySelector("[data-title]").textContent = row.querySelector("h2, strong").textContent;
  const said = row.querySelectorAll("dl.whole pre");
  sure.querySelector("[data-text]").textContent = said.length ? said[said.length - 1].textContent : "";
  sure.dataset.id = id;
  sure.dataset.answer = answer;
  yes.disabled = true;
  clearTimeout(reading);
  reading = setTimeout(() => { yes.disabled = false; }, READ_MS);
  sure.showModal();
  sure.querySelector("[data-no]").focus();
}

function answer() {
  if (yes.disabled) return;
  const form = formOf(sure.dataset.id, sure.dataset.answer);
  sure.close();
  form?.requestSubmit(); // gone: somebody was first
}

function search() {
  const box = [...document.querySelectorAll("main input[type=search]")].find((one) => one.offsetParent !== null);
  if (box) {
    box.focus();
    box.select();
  } else {
    location.assign("/ui/history#by-q");
  }
}

function go(letter) {
  const link = document.querySelector(`nav a[data-go="${CSS.escape(letter)}"]`);
  if (link) location.assign(link.href);
}

const KEYS = {
  "/": search,
  j: () => walk(1),
  k: () => walk(-1),
  a: () => ask("once"),
  d: () => ask("deny"),
  g: () => {
    going = performance.now();
  },
  "?": () => help.showModal(),
};

function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  if (sure.open) {
    if (event.key === "y") answer();
    if (event.key === "n") sure.close();
    if (event.key === "y" || event.key === "n") event.preventDefault();
    return;
  }
  if (help.open || typing(event.target) || isOff()) return;
  if (performance.now() - going < GO_MS && event.key !== "g") {
    going = -GO_MS;
    event.preventDefault();
    go(event.key);
    return;
  }
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
  if (!act) return;
  event.preventDefault();
  act();
}

if (help && sure) {
  document.addEventListener("keydown", press);
  document.getElementById("keys-show").hidden = false;
  document.getElementById("keys-show").addEventListener("click", () => help.showModal());
  help.querySelector("[data-close]").addEventListener("click", () => help.close());
  sure.querySelector("[data-no]").addEventListener("click", () => sure.close());
  yes.addEventListener("click", answer);
  toggle.checked = !isOff();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(OFF, toggle.checked ? "0" : "1");
    } catch {
      // it holds for this page only
    }
  });
  if (location.hash === "#by-q") document.getElementById("by-q")?.focus();
}
