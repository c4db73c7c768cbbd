// The preview of message templates while somebody writes. Without this file the same form does it with a button.
const CALM_MS = 250; // after the last key
const PARTS = ["preview", "title-error", "body-error"];
const form = document.getElementById("words");
let calm = 0;
let asked = 0;

async function look() {
  const mine = ++asked;
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", "preview");
  const answer = await fetch(form.action, { method: "POST", body: fields });
  if (mine !== asked || !answer.headers.get("content-type")?.startsWith("text/html")) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  for (const id of PARTS) {
    const fresh = page.getElementById(id);
    if (fresh) document.getElementById(id).replaceChildren(...document.adoptNode(fresh).childNodes);
  }
}

form.addEventListener("input", () => {
  clearTimeout(calm);
  calm = setTimeout(() => look().catch(() => {}), CALM_MS);
});
