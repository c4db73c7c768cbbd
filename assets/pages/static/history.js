// The history page without waiting: more rows when their end comes into sight, on the same page.
// Without this file "Older messages" is a link that loads the longer page.
import { update } from "/ui/static/live.js";

const FAR = "600px"; // begin before the end is reached
let busy = false;

/** Show the longer page in place; the address says how long it is, so that "back" and a reload show the same. */
async function grow(link) {
  if (busy) return;
  busy = true;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { headers: { "X-Live": "1" }, cache: "no-store" });
    if (!answer.ok) return;
    const address = new URL(link.href);
    address.hash = "";
    history.replaceState(null, "", address);
    update(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // the app is gone: the page says so by itself, and the link stays a link
  } finally {
    busy = false;
    link.removeAttribute("aria-busy");
    watch();
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) grow(entry.target);
  },
  { rootMargin: FAR },
);

/** Look for the end anew: it is another node, or in another place, after each change. */
function watch() {
  seen.disconnect();
  const link = document.querySelector("a[data-grow]");
  if (link) seen.observe(link);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-grow]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  grow(link);
});
// an address one can read: what was left empty does not stand in it
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
document.addEventListener("live", watch);
watch();
