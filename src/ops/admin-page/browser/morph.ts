/**
 * Makes what stands on the page equal to what was drawn anew, and touches only what differs: focus, selection, scrolling, opened
 * rows and what a screen reader has begun to read stay as they are.
 */
export function show(place: Element, ...children: readonly Node[]): void {
  morphChildren(place, children)
}

const later = new WeakMap<Node, () => Element>()

/** An element that is only drawn where what stands there was not drawn from the same: `from` tells what all of it depends on. */
export function drawnFrom(name: 'li', key: string, from: string, draw: () => Element): Element {
  const place = document.createElement(name)
  place.setAttribute('data-key', key)
  place.setAttribute('data-from', from)
  later.set(place, () => {
    const made = draw()
    made.setAttribute('data-from', from)
    return made
  })
  return place
}

function drawnNow(node: Node): Node {
  return later.get(node)?.() ?? node
}

/** What is new has to be drawn to its last row. */
function withAllDrawn(node: Node): Node {
  if (node instanceof Element) for (const row of node.querySelectorAll('[data-from]')) row.replaceWith(drawnNow(row))
  return node
}

function isDrawnAs(former: Node, fresh: Node): boolean {
  if (!later.has(fresh) || !(former instanceof Element) || !(fresh instanceof Element)) return false
  return former.getAttribute('data-from') === fresh.getAttribute('data-from')
}

function morphChildren(place: Element, fresh: readonly Node[]): void {
  const keyed = new Map<string, Element>()
  for (const child of place.children) {
    const key = child.getAttribute('data-key')
    if (key !== null) keyed.set(key, child)
  }
  let at = place.firstChild
  for (let node of fresh) {
    const key = node instanceof Element ? node.getAttribute('data-key') : null
    const former = key === null ? at : (keyed.get(key) ?? null)
    const isKept = former !== null && isAlike(former, node)
    const isSame = isKept && isDrawnAs(former, node)
    if (!isSame) node = drawnNow(node)
    if (isKept) {
      if (former === at) at = at.nextSibling
      else place.insertBefore(former, at)
      if (!isSame) morph(former, node)
    } else place.insertBefore(withAllDrawn(node), at)
  }
  while (at) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

function morph(former: Node, fresh: Node): void {
  if (former instanceof Element && fresh instanceof Element) {
    // Whether a row is open is up to who reads it.
    for (const { name, value } of fresh.attributes) {
      if (name !== 'open' && former.getAttribute(name) !== value) former.setAttribute(name, value)
    }
    for (const name of former.getAttributeNames()) {
      if (name !== 'open' && !fresh.hasAttribute(name)) former.removeAttribute(name)
    }
    morphChildren(former, [...fresh.childNodes])
  } else if (former.nodeValue !== fresh.nodeValue) former.nodeValue = fresh.nodeValue
}

function isAlike(former: Node, fresh: Node): boolean {
  if (former.nodeName !== fresh.nodeName) return false
  if (!(former instanceof Element) || !(fresh instanceof Element)) return true
  return former.getAttribute('data-key') === fresh.getAttribute('data-key')
}
