import type { Standing } from '../page-state.ts'
import { drawn, element } from './dom.ts'

const words: Readonly<Record<Standing, string>> = { good: 'ready', risky: 'at risk', bad: 'failing', idle: 'idle' }

const signs: Readonly<Record<Standing, string>> = {
  good: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  risky: 'M8 2.5 14.5 13.5H1.5ZM8 6.5v3.2M8 11.4v.6',
  bad: 'M4 4 12 12M12 4 4 12',
  idle: 'M4 8H12',
}

export function word(standing: Standing): string {
  return words[standing]
}

/** Word, sign and colour: whoever cannot tell one has another. */
export function badge(standing: Standing): HTMLElement {
  return element('span', { class: `badge ${standing}` }, sign(standing), words[standing])
}

export function sign(standing: Standing): SVGElement {
  const attributes = { class: `sign ${standing}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' }
  return drawn('svg', attributes, drawn('path', { d: signs[standing] }))
}
