// Keeps an open page up to date, and says when the app is gone.
//
// The contract of a page: parts that may change carry data-live="name", a name once per page, and stand there even when
// they are empty. When the app says "changed", the page's own address is read anew (at most every 300 ms, with the header
// X-Live, and not while the page is out of sight), and each part is changed in place, node by node: focus, open <details>,
// scroll and selection stay. Children with an id or data-key keep their node when others come before them.
// A part is left alone while it holds the focused field or a form that somebody has begun to fill in; it follows later.
// Notes of what was done belong outside of the parts. Nodes that a script has added carry data-added and stay.
// A page with data-tick somewhere is also read anew every 15 s (gauges, ages). A page without parts of its own reads
// only the strip. A row with data-news="words" (and a data-key) that comes while the page is open is said to screen readers,
// once, where the page has a data-announce. After a part has changed, it gets the event "live" (it bubbles): scripts
// furnish it again.
// Without this file every page still works; it is then as old as its last load.

import { keyOf, morph } from "./morph.js";

const REST_MS = 300;
const SILENT_MS = 40_000; // ticks come every 15 s
const SLOW_MS = 10_000;
const BACK_OFF_MS = [500, 1000, 2000, 4000, 8000];
const ROOM_MS = 60_000;
const CALM_MS = 400; // longer than from seeing to clicking
const MOST_NEWS = 3; // who is away for long is not read a list
const GLANCE_MS = 30_000; // while nobody sees the page
const COUNT = /^\(\d+\) /;
const FIELDS = "input:not([type=hidden]), textarea, select";

let stream = null;
let glancing = 0;
let silence = 0;
let again = 0;
let failures = 0;
let readMs = -REST_MS;
let planned = 0;
let reading = false;
let anew = false; // something changed while the page was being read, or was out of sight
let skipped = false;
let round = 0; // how often the page was brought up to date

/** Whether a field holds something else than the server gave. */
function dirty(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return field.value !== field.defaultValue;
  const given = [...field.options].filter((one) => one.defaultSelected);
  return given.length ? given.some((one) => !one.selected) : field.selectedIndex > 0;
}

function inUse(part) {
  const focused = document.activeElement;
  if (part.contains(focused) && focused.matches(FIELDS)) return true;
  return part.matches("[data-busy-part]") || [...part.querySelectorAll(FIELDS)].some(dirty);
}

const news = () => [...document.querySelectorAll("[data-news]")];
const told = new Set(news().map(keyOf));

/** Say what has come since, once and politely, to who cannot see it come; what is gone is not to be read any more. */
function announce() {
  const region = document.querySelector("[data-announce]");
  if (!region) return;
  const here = new Map(news().map((one) => [keyOf(one), one.dataset.news]));
  const fresh = [...here].filter(([key]) => !told.has(key));
  for (const [key] of fresh) told.add(key);
  const words = fresh.slice(0, MOST_NEWS).map(([key, said]) => {
    const one = document.createElement("span");
    one.dataset.key = key;
    one.textContent = said;
    return one;
  });
  if (words.length) region.replaceChildren(...words);
  for (const one of [...region.children]) if (!here.has(one.dataset.key)) one.remove();
}

/**
 * Change the page. Buttons with data-weighty that are new or stand elsewhere then take no click for a moment: it was meant for
 * what stood there before. Whoever uses the keyboard goes by the focus, which does not move.
 */
export function moving(change) {
  const places = () => [...document.querySelectorAll("button[data-weighty]")].map((one) => [one, one.getBoundingClientRect().top]);
  const before = new Map(places());
  change();
  const moved = places().filter(([one, top]) => before.get(one) !== top && one !== document.activeElement);
  for (const [one] of moved) one.disabled = true;
  if (moved.length) setTimeout(() => moved.forEach(([one]) => (one.disabled = false)), CALM_MS);
}

/** Bring all parts up to date with a document that the server gave. */
export function update(page) {
  round += 1;
  moving(() => refresh(page));
  announce();
}

/** The tab says how much waits, as the server's title does: "(2) Sessions"; a page out of sight reads that alone. */
function count(page) {
  const waits = page.title.match(COUNT)?.[0] ?? "";
  const title = waits + document.title.replace(COUNT, "");
  if (document.title !== title) document.title = title;
}

async function glance() {
  try {
    const answer = await fetch("/ui/strip", { headers: { "X-Live": "1" }, cache: "no-store", signal: AbortSignal.timeout(SLOW_MS) });
    if (answer.ok && document.hidden) count(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // the app is away: the page says so once it is seen again
  }
}

function refresh(page) {
  count(page);
  skipped = false;
  const focused = document.activeElement;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (!fresh || part.isEqualNode(fresh)) continue;
    if (inUse(part)) {
      skipped = true;
      continue;
    }
    morph(part, fresh);
    part.dispatchEvent(new CustomEvent("live", { bubbles: true }));
  }
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  // another tab may have let the browser in anew: the forms of this one go on with its token
  const token = page.querySelector("input[name=csrf]")?.value;
  for (const field of token ? document.querySelectorAll("input[name=csrf]") : []) {
    if (field.value !== token) field.value = field.defaultValue = token;
  }
}

/** Say that the app is "lost" or the page "shut", or (empty) nothing any more. What is said already is not said again. */
function tell(what) {
  if ((document.body.dataset.app ?? "") === what) return;
  document.body.dataset.app = what;
  const banner = what ? [document.getElementById(`banner-${what}`).content.cloneNode(true)] : [];
  document.querySelector("[data-banner]").replaceChildren(...banner);
}

/** Read the page anew. Returns "here", "shut" (this browser is no longer let in) or "lost". */
async function read() {
  const begun = round;
  const own = document.querySelector("main [data-live]") !== null;
  try {
    const answer = await fetch(own ? location.href : "/ui/strip", {
      headers: { "X-Live": "1" },
      cache: "no-store",
      signal: AbortSignal.timeout(SLOW_MS),
    });
    if (answer.status === 401) return "shut";
    if (!answer.ok) return answer.status >= 500 ? "lost" : "here"; // what this page showed is gone: nothing to bring
    const words = await answer.text();
    // a click was answered meanwhile: what was read before it would take that back
    if (begun === round) update(new DOMParser().parseFromString(words, "text/html"));
    else anew = true;
    return "here";
  } catch {
    return "lost";
  }
}

/** Read it soon: at once, or when the last time is 300 ms ago. */
function look() {
  anew = true;
  if (planned || reading || document.hidden) return;
  planned = setTimeout(async () => {
    planned = 0;
    reading = true;
    anew = false;
    readMs = performance.now();
    const found = await read();
    reading = false;
    if (found !== "here") lose(found);
    else if (anew) look();
  }, Math.max(0, readMs + REST_MS - performance.now()));
}

const pause = () => BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)];

/** Listen no more; whatever listens again reads the page first. */
function hush() {
  for (const one of [silence, again, planned]) clearTimeout(one);
  planned = 0;
  stream?.close();
  stream = null;
}

function heard() {
  clearTimeout(silence);
  silence = setTimeout(() => lose("lost"), SILENT_MS);
}

function lose(what) {
  hush();
  tell(what);
  again = setTimeout(find, pause());
  failures += 1;
}

/** Look for the app; where it is, listen to it. */
export async function find() {
  if (document.hidden) return;
  hush();
  const found = await read();
  if (document.hidden) return; // it went out of sight meanwhile
  if (found !== "here") lose(found);
  else listen();
}

function listen() {
  hush();
  stream = new EventSource("/ui/events");
  heard();
  stream.addEventListener("open", look); // what changed since the page was made
  stream.addEventListener("tick", () => {
    heard();
    failures = 0;
    tell("");
    if (document.querySelector("[data-tick]")) look();
  });
  stream.addEventListener("changed", () => {
    heard();
    look();
  });
  stream.addEventListener("full", () => {
    hush();
    again = setTimeout(find, ROOM_MS);
  });
  // the browser's own way to try again cannot tell a gone app from a closed door
  stream.addEventListener("error", () => {
    hush();
    again = setTimeout(find, failures ? pause() : 50);
    failures += 1; // the next tick forgets it: a stream that never begins must not read the page without end
  });
}

// a page out of sight listens to nothing: a browser keeps six connections to one server, for all its tabs together
document.addEventListener("visibilitychange", () => {
  if (!document.querySelector("[data-banner]")) return; // nobody is let in
  clearInterval(glancing);
  if (document.hidden) {
    hush();
    glancing = setInterval(glance, GLANCE_MS);
  } else find();
});
document.addEventListener("focusout", () => {
  if (skipped) setTimeout(look);
});
addEventListener("pagehide", hush);
addEventListener("pageshow", (event) => {
  if (event.persisted) find();
});
if (document.querySelector("[data-banner]") && !document.hidden) listen();
