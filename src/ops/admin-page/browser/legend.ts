import { drawn, element } from './dom.ts'
import { markOf } from './time-line.ts'

/** What the pictures of the time lines mean. */
export function legend(): HTMLElement {
  const entries = ['issued', 'renewed', 'replaced', 'failed', 'dropped'].map((what) => entry(markOf(what), what))
  const band = drawn('rect', { class: 'lived', x: -7, y: -4, width: 14, height: 8 })
  const ahead = drawn('rect', { class: 'ahead', x: -7, y: -4, width: 14, height: 8 })
  const given = drawn('rect', { class: 'given', x: -3, y: -5, width: 6, height: 10 })
  return element(
    'p',
    { class: 'legend quiet' },
    entry(band, 'a token was there'),
    entry(ahead, 'its life to come'),
    ...entries,
    entry(given, 'handed out'),
  )
}

function entry(picture: SVGElement, what: string): HTMLElement {
  const drawing = drawn('svg', { viewBox: '-8 -8 16 16', width: 14, height: 14, 'aria-hidden': 'true' }, picture)
  return element('span', {}, drawing, what)
}
