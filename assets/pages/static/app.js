// Everything works without this file; it saves reloads, keeps typed secrets over a refusal, and finds a pasted pair.
import { find, moving, update } from "./live.js";

const words = document.body.dataset;
const status = document.getElementById("status");
const SECRETS = ["webhook", "secret"];
const URL_LIKE = /https?:\/\/[^\s"'<>，。；]+/i;
const KEY_LIKE = /(?<![A-Za-z0-9])SEC[A-Za-z0-9]{8,}/;

function say(text) {
  status.textContent = text;
}

/** Add what only works with a script. */
function furnish() {
  for (const box of document.querySelectorAll("textarea.masked")) {
    if (box.nextElementSibling?.dataset.added !== undefined) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small reveal";
    button.dataset.added = "";
    button.textContent = words.show;
    button.setAttribute("aria-controls", box.id);
    box.labels[0].id ||= `${box.id}-label`;
    button.setAttribute("aria-describedby", box.labels[0].id);
    button.addEventListener("click", () => {
      const shown = box.classList.toggle("shown");
      button.textContent = shown ? words.hide : words.show;
    });
    box.after(button);
  }
  for (const box of document.querySelectorAll("[data-copy]")) {
    if (box.nextElementSibling?.dataset.added !== undefined) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.dataset.added = "";
    button.textContent = box.dataset.copy;
    button.ariaLabel = `${box.dataset.copy}: ${box.textContent.trim().slice(0, 60)}`; // of many such buttons
    button.addEventListener("click", () => copy(box));
    box.after(button);
  }
}

/** Where the browser does not let a page write to the clipboard the text is selected, ready for the keyboard. */
async function copy(box) {
  try {
    await navigator.clipboard.writeText(box.textContent);
    say(words.copied);
  } catch {
    getSelection().selectAllChildren(box);
    say(words.selected);
  }
}

/** Put webhook and key into their own boxes when both came with one paste. */
function sortOut(box) {
  const url = box.value.match(URL_LIKE);
  const key = box.value.replace(URL_LIKE, " ").match(KEY_LIKE);
  if (!url || !key) return;
  document.getElementById("webhook").value = url[0];
  document.getElementById("secret").value = key[0];
  say(words.both);
}

/** Replace the page's content with the answer's; typed secrets stay where the form was refused. */
function swap(html, refused, pressed) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const kept = refused ? SECRETS.map((id) => [id, document.getElementById(id)?.value]) : [];
  moving(() => document.getElementById("main").replaceWith(document.adoptNode(page.getElementById("main"))));
  document.title = page.title;
  update(page); // what is live outside of it: the strip
  for (const [id, value] of kept) {
    const box = document.getElementById(id);
    if (box && value) box.value = value;
  }
  furnish();
  const told = document.querySelector('[aria-invalid="true"]') ?? document.querySelector("[data-focus]");
  const same = pressed && document.getElementById(pressed);
  (told ?? same ?? document.getElementById("main")).focus();
}

let sending = false; // a live update may enable a button again

async function send(form, button) {
  if (sending) return;
  sending = true;
  const fields = new URLSearchParams(new FormData(form));
  if (button?.name) fields.set(button.name, button.value);
  const buttons = [...document.querySelectorAll("#main button:enabled")]; // what stands outside is not drawn anew
  for (const one of buttons) one.disabled = true;
  form.setAttribute("aria-busy", "true");
  say(words.busy);
  const slow = setTimeout(() => say(form.dataset.slow ?? words.slow), 4000);
  let said = words.lost;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields });
    if (answer.status === 401) {
      await find(); // it says how to get in again; what was typed stays until then
      said = "";
    } else if (answer.status === 413) {
      said = words.long;
    } else if (answer.headers.get("content-type")?.startsWith("text/html")) {
      swap(await answer.text(), answer.status === 422, button?.id);
      if (answer.redirected) history.replaceState(null, "", answer.url);
      say("");
      return;
    }
  } catch {
    // the app is gone
  } finally {
    clearTimeout(slow);
    sending = false;
  }
  for (const one of buttons) one.disabled = false;
  form.removeAttribute("aria-busy");
  button?.focus(); // it lost the focus when it was disabled
  say(said);
}

document.addEventListener("submit", (event) => {
  // a form with data-plain (a download) and one that asks with GET are the browser's own matter
  if (event.target.method !== "post" || event.target.dataset.plain !== undefined) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
document.addEventListener("input", (event) => {
  if (SECRETS.includes(event.target.id)) sortOut(event.target);
});
document.addEventListener("live", furnish);
furnish();
