// Changes nodes of a page into those that the server gave, keeping every node that can stay, and with it focus, open
// <details>, scroll and selection. Rows with a data-key or an id keep their node wherever they go; nodes with data-added stay.

const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
// data-key first, for an id may only count its rows; the attribute, for `id` is the field in a form with one of that name
export const keyOf = (node) => (isElement(node) && (node.dataset.key || node.getAttribute("id"))) || "";
const added = (node) => isElement(node) && node.dataset.added !== undefined;

/** Make `old` say what `fresh` says. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!isElement(old)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.matches("details"))) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !(name === "open" && old.matches("details"))) old.setAttribute(name, value);
  }
  morphChildren(old, fresh);
}

/** The first node from `from` on that can become `node`: where something before it has gone it keeps its state. */
function alike(from, node) {
  let one = from;
  while (one && (keyOf(one) || added(one) || one.nodeName !== node.nodeName)) one = one.nextSibling;
  return one;
}

function morphChildren(old, fresh) {
  const keyed = new Map([...old.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  const coming = new Set([...fresh.childNodes].map(keyOf));
  let next = old.firstChild;
  const skip = () => {
    while (next && added(next)) next = next.nextSibling;
  };
  for (const node of fresh.childNodes) {
    skip();
    const key = keyOf(node);
    // what goes away steps aside first, so that the others need not move: a moved node loses the focus
    while (next && keyOf(next) && keyOf(next) !== key && !coming.has(keyOf(next))) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
      skip();
    }
    let same = key ? keyed.get(key) : alike(next, node);
    if (same && same.nodeName !== node.nodeName) same = null;
    if (!same) old.insertBefore(document.importNode(node, true), next);
    else {
      if (same === next) next = next.nextSibling;
      else old.insertBefore(same, next);
      morph(same, node);
    }
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    if (!added(gone)) gone.remove();
  }
}
