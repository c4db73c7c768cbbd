// The policy page while somebody writes: line numbers, faults at their line, table and text as one truth.
// The server reads and changes the text; this file only asks it (POST /ui/policy/check) and shows the answer in place.
// Without this file the same form does the same with a button.
import { update } from "/ui/static/live.js";

const CALM_MS = 250; // after the last key
const byId = (id) => document.getElementById(id);
const box = () => byId("text");
let calm = 0;
let asked = 0;
let dropped = false; // somebody has said that the words may go

const dirty = () => box().value !== box().defaultValue || byId("conflict") !== null;

/** Number the lines, and mark those with faults. */
function number() {
  const text = box();
  let gutter = text.previousElementSibling;
  if (!gutter) {
    gutter = document.createElement("div");
    gutter.className = "gutter";
    gutter.dataset.added = "";
    gutter.ariaHidden = "true";
    text.before(gutter);
    text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));
  }
  const marks = new Map();
  for (const one of document.querySelectorAll("#findings a[data-line]")) {
    const line = Number(one.dataset.line);
    if (marks.get(line) !== "bad") marks.set(line, one.parentElement.matches(".remark") ? "remark" : "bad");
  }
  const count = text.value.split("\n").length;
  gutter.replaceChildren(
    ...Array.from({ length: count }, (_, at) => {
      const one = document.createElement("span");
      one.textContent = at + 1;
      one.className = marks.get(at + 1) ?? "";
      return one;
    }),
  );
  gutter.scrollTop = text.scrollTop;
  byId("unsaved").hidden = !dirty();
}

/** Put a part of the answer in the place of the old one; what had the focus has it again. */
function replace(id, page) {
  const focused = document.activeElement?.id;
  const open = [...byId(id).querySelectorAll("details[open][id]")].map((one) => one.id);
  byId(id).replaceWith(document.adoptNode(page.getElementById(id)));
  for (const one of open) byId(one)?.setAttribute("open", "");
  if (focused && document.activeElement?.id !== focused) byId(focused)?.focus({ preventScroll: true });
}

/** Fill a part with the answer's words, where they are others: a screen reader follows a part that stays. */
function refill(id, page) {
  const fresh = page.getElementById(id);
  if (!byId(id).isEqualNode(fresh)) byId(id).replaceChildren(...document.adoptNode(fresh).childNodes);
}

async function post(action, form, button, headers = {}) {
  const fields = new URLSearchParams(new FormData(form));
  if (button?.name) fields.set(button.name, button.value);
  const answer = await fetch(action, { method: "POST", body: fields, headers });
  if (!answer.headers.get("content-type")?.startsWith("text/html")) throw new Error("not a page");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Have the server read the form, and show what it found; the last question counts. */
async function check() {
  clearTimeout(calm);
  const mine = ++asked;
  const before = box().value;
  try {
    const page = await post("/ui/policy/check", byId("editor"), null, { "X-Live": "1" });
    const fresh = page.getElementById("text");
    if (mine !== asked || !fresh) return;
    if (box().value !== before) {
      check(); // somebody wrote meanwhile
      return;
    }
    if (fresh.value !== before.replaceAll("\r\n", "\n")) write(fresh.value);
    const usable = page.getElementById("stale").hidden;
    byId("stale").hidden = usable;
    document.querySelector("#rules fieldset.table").disabled = !usable;
    if (usable) replace("rules", page);
    refill("findings", page);
    box().toggleAttribute("aria-invalid", false);
    if (fresh.hasAttribute("aria-invalid")) box().setAttribute("aria-invalid", "true");
    number();
  } catch {
    // the app is gone: the banner says so; the next key asks again
  }
}

/** Put the server's text into the box: only what differs, so that caret and scroll stay where they are. */
function write(words) {
  const text = box();
  const old = text.value;
  let from = 0;
  while (from < Math.min(old.length, words.length) && old[from] === words[from]) from += 1;
  let behind = 0;
  while (behind < Math.min(old.length, words.length) - from && old.at(-1 - behind) === words.at(-1 - behind)) behind += 1;
  const { scrollTop } = text;
  text.setRangeText(words.slice(from, words.length - behind), from, old.length - behind, "preserve");
  text.scrollTop = scrollTop;
}

/** Put the caret to a fault, in sight. */
function jump(line, column) {
  const text = box();
  const lines = text.value.split("\n");
  const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  text.focus();
  text.setSelectionRange(at, at);
  const high = parseFloat(getComputedStyle(text).lineHeight);
  text.scrollTop = Math.max(0, (line - 4) * high);
}

/** Show another version of the file, where nothing was written that could be lost; else say so. */
async function follow() {
  const live = document.querySelector("[data-live=file]");
  if (!live || live.dataset.version === byId("version").value || byId("conflict")) return;
  byId("changed").hidden = !dirty();
  if (dirty()) return;
  try {
    const answer = await fetch("/ui/policy", { headers: { "X-Live": "1" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || dirty()) return;
    replace("editor", page);
    number();
  } catch {
    // the app is gone: the banner says so, and the next change brings it
  }
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "text") return;
  byId("unsaved").hidden = !dirty();
  if (box().value.split("\n").length !== box().previousElementSibling?.childElementCount) number();
  clearTimeout(calm);
  calm = setTimeout(check, CALM_MS);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("#rules input:not([name^='new:'])")) check();
  if (event.target.id !== "tool") return;
  const examples = [...event.target.options].map((one) => one.dataset.example);
  if (examples.includes(byId("args").value)) byId("args").value = event.target.selectedOptions[0].dataset.example;
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[data-drop]")) dropped = true;
  const link = event.target.closest?.("#findings a[data-line]");
  if (!link) return;
  event.preventDefault();
  jump(Number(link.dataset.line), Number(link.dataset.column));
});
// what is done beside the text leaves the text alone
document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const button = event.submitter;
    const looks = form.id === "editor" && button?.value === "check";
    if (!looks && form.dataset.beside === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (looks) {
      await check();
      return;
    }
    if (button) button.disabled = true;
    try {
      const page = await post(form.action, form, button);
      replace("told", page);
      if (byId("tester").contains(form)) replace("tester", page); // else it may hold what somebody is typing
      update(page);
      byId("tester").dispatchEvent(new CustomEvent("live", { bubbles: true }));
      document.querySelector("#told [data-focus], #tester .tested")?.focus();
    } catch {
      byId("status").textContent = document.body.dataset.lost;
    } finally {
      if (button) button.disabled = false;
      if (document.activeElement === document.body) button?.focus(); // it lost the focus when it was disabled
    }
  },
  { capture: true },
);
document.addEventListener("live", follow);
addEventListener("beforeunload", (event) => {
  if (box() && dirty() && !dropped) event.preventDefault();
});
// another part of the pages puts whole answers in the place of the main part
new MutationObserver(() => box() && !box().previousElementSibling && number()).observe(document.body, { childList: true });
number();
