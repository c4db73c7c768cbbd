// What page_checks.py asks of a page in the browser. Each check gives the faults it found, in words.
const all = (what, from = document) => [...from.querySelectorAll(what)];
const shown = (one) => one.checkVisibility({ visibilityProperty: true }); // a closed <details> has boxes too
const brief = (one) => `${one.tagName}.${one.className.baseVal ?? one.className} ${one.textContent.trim().slice(0, 40)}`;
const FIELDS = "input:not([type=hidden]), textarea, select";
const CONTROLS = `a[href], button, summary, ${FIELDS}`;

function untranslated() {
  const own = (one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data);
  const words = all("*:not(script, style, code, pre)").flatMap((one) => [
    ...own(one),
    ...["alt", "title", "aria-label", "placeholder"].map((name) => one.getAttribute(name) ?? ""),
  ]);
  return [document.title, ...words].filter((said) => /⟨[\w.]+⟩|(?<![\w{]){[a-z_0-9]+}(?!})/.test(said));
}

function overflow() {
  // what may be scrolled sideways on purpose says so, and has a name
  const scrolls = (one) =>
    ["auto", "scroll"].includes(getComputedStyle(one).overflowX) &&
    (one.getAttribute("aria-label") || one.getAttribute("aria-labelledby"));
  const within = (one) => one && (scrolls(one) || within(one.parentElement));
  return all("body *")
    .filter((one) => {
      const box = one.getBoundingClientRect();
      if (!box.width || one.matches(".skip, .visually-hidden, option") || one.closest("svg") || within(one)) return false;
      const cut = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline";
      return box.right > document.documentElement.clientWidth + 1 || cut;
    })
    .map(brief);
}

function faint() {
  const parse = (value) => (value.match(/[\d.]+/g) ?? []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const says = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return all("body *")
    .filter((one) => {
      if (!shown(one) || one.matches(":disabled") || !(says(one) || one.matches("input, textarea, select"))) return false;
      const style = getComputedStyle(one);
      const size = parseFloat(style.fontSize);
      const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const ink = parse(one.closest("svg") ? style.fill : style.color).slice(0, 3);
      const [high, low] = [ink, behind(one)].map(light).sort((x, y) => y - x);
      return (high + 0.05) / (low + 0.05) < least;
    })
    .map(brief);
}

function nameless() {
  const byId = (ids) => (ids ?? "").split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join("");
  const inside = (one) => one.textContent + all("img", one).map((img) => img.alt).join("");
  const name = (one) =>
    one.getAttribute("aria-label") ||
    byId(one.getAttribute("aria-labelledby")) ||
    [...(one.labels ?? [])].map((label) => label.textContent).join("") ||
    (one.matches(`${FIELDS}, meter, progress, svg`) ? "" : inside(one));
  const silent = (one) => one.getAttribute("aria-hidden") === "true";
  const drawn = (one) => one.getAttribute("role") === "img" && (name(one).trim() || one.querySelector("title"));
  return [
    ...all(`${CONTROLS}, meter, progress`).filter((one) => shown(one) && !name(one).trim()),
    ...all("img:not([alt])"),
    ...all("svg").filter((one) => shown(one) && !silent(one) && !drawn(one)),
  ].map((one) => one.outerHTML.slice(0, 160));
}

/** What a screen reader goes by: language, title, landmarks, headings, references, tables, lists; and the live parts. */
function structure() {
  const faults = [];
  const claim = (holds, fault) => holds || faults.push(fault);
  const labelled = (one) => one.getAttribute("aria-label") || one.getAttribute("aria-labelledby");
  claim(["zh-CN", "en"].includes(document.documentElement.lang), "html has no language");
  claim(document.title.replace("dingtalk-tray", "").trim().length > 2, "the title says nothing");
  claim(all("main").length === 1, "not one main");
  claim(all("h1").length === 1, `${all("h1").length} h1`);
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6").filter(shown)) {
    const own = Number(heading.tagName[1]);
    claim(own <= level + 1, `h${own} after h${level}: ${heading.textContent.trim()}`);
    claim(heading.textContent.trim(), "an empty heading");
    level = own;
  }
  const ids = all("[id]").map((one) => one.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`id ${id} twice`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const id of all(`[${name}]`).flatMap((one) => one.getAttribute(name).split(/\s+/).filter(Boolean))) {
      claim(document.getElementById(id), `${name}=${id} leads nowhere`);
    }
  }
  for (const link of all('a[href^="#"]')) claim(document.getElementById(link.hash.slice(1)), `${link.hash} leads nowhere`);
  for (const table of all("table").filter(shown)) {
    claim(table.caption || labelled(table), "a table without a name");
    claim(table.querySelector("th"), "a table without headings");
  }
  for (const nav of all("nav")) claim(labelled(nav), `a nav without a name`);
  const marks = new Map(); // as axe's landmark-unique: whoever jumps among landmarks tells them apart by name
  const named = (one) => one.getAttribute("aria-label")
    ?? all(`#${CSS.escape(one.getAttribute("aria-labelledby") ?? "-")}`).map((label) => label.textContent.trim()).join(" ");
  for (const one of all("section, nav, aside, form[aria-label], [role=region], [role=search], [role=navigation]").filter(shown)) {
    const name = named(one);
    const mark = `${one.getAttribute("role") ?? (one.matches("nav") ? "navigation" : "region")} ${name}`;
    if (name) marks.set(mark, (marks.get(mark) ?? 0) + 1);
  }
  for (const [mark, count] of marks) claim(count === 1, `${count} landmarks are ${mark}`);
  const alike = new Map();
  for (const button of all("button, summary").filter(shown)) {
    const said = button.getAttribute("aria-label") || button.textContent.trim();
    const whose = button.getAttribute("aria-describedby") ?? "";
    alike.set(`${said}|${whose}`, (alike.get(`${said}|${whose}`) ?? 0) + 1);
  }
  for (const [said, count] of alike) claim(count === 1, `${count} buttons say ${said} of nothing`);
  for (const one of all("[aria-label], [aria-labelledby]")) {
    claim(one.hasAttribute("role") || !one.matches("div, span, p, pre, code, dd, dt, time, bdi"), `a name on ${brief(one)}`);
  }
  for (const field of all("[name]")) {
    // a form's own property of that name would be the field: scripts read these
    claim(!["action", "method", "dataset", "matches", "elements"].includes(field.name), `a field named ${field.name}`);
  }
  for (const item of all("li")) claim(item.parentElement.matches("ul, ol, menu"), "li outside of a list");
  const parts = all("[data-live]").map((one) => one.dataset.live);
  claim(new Set(parts).size === parts.length, `data-live not unique: ${parts}`);
  for (const part of all("[data-live] [data-live]")) faults.push(`data-live=${part.dataset.live} inside of another`);
  for (const link of all("a[target=_blank]")) claim(link.rel.includes("noopener"), `${link.href} without noopener`);
  for (const one of all("[style], [onclick], script:not([src])")) faults.push(`inline: ${one.outerHTML.slice(0, 80)}`);
  return faults;
}

/** Remember what Tab should reach, and look at each step; gives how often to press it. */
function expectFocus() {
  window.__walked = [];
  addEventListener("keyup", step, true);
  document.body.tabIndex = -1; // the browser goes on from what had the focus last: let that be the beginning
  document.body.focus();
  document.body.removeAttribute("tabindex");
  getSelection().removeAllRanges();
  scrollTo(0, 0);
  const able = (one) => !one.matches(":disabled") && one.tabIndex >= 0 && shown(one) && !one.matches("[type=radio]");
  window.__able = all(`${CONTROLS}, [tabindex='0']`).filter(able);
  window.__at = -1;
  return window.__able.length;
}

const step = () => window.__walked.push(focus());

/** The faults of so many steps. */
function walked(steps) {
  removeEventListener("keyup", step, true);
  const unseen = steps === window.__walked.length ? [] : [`${window.__walked.length} steps were seen, not ${steps}`];
  return [...window.__walked.flat(), ...unseen];
}

/** Whether Tab went on in the order of the page, to something whose focus can be seen. */
function focus() {
  const one = document.activeElement;
  if (!one || one === document.body) return ["the focus is lost"];
  const at = window.__able.indexOf(one);
  if (at < 0) return []; // a box that scrolls, one of several radio buttons
  const before = window.__at;
  if (at === before && one.matches("[type=date]")) return []; // day, month, year and calendar are a stop each
  window.__at = at;
  if (at <= before) return [`out of order: ${brief(one)}`];
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const visible = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return visible && box.width && box.bottom > 0 ? [] : [`focus not to be seen: ${brief(one)}`];
}

/** Controls smaller than 24 pixels that are no links within a sentence. */
function small() {
  return all(`button, summary, nav a, a.button, ${FIELDS}`)
    .filter((one) => {
      const { width, height } = one.getBoundingClientRect();
      const least = one.matches("[type=checkbox], [type=radio]") ? 18 : 24; // their labels can be clicked too
      return width && (width < least || height < least);
    })
    .map(brief);
}

window.checks = { untranslated, overflow, faint, nameless, structure, expectFocus, walked, small };
