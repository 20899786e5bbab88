import type { PageState } from '../page-state.ts'
import { drawn, element } from './dom.ts'
import { count } from './words.ts'

const names: Readonly<Record<string, string>> = {
  java: 'Java',
  librdkafka: 'librdkafka',
  go: 'Go',
  python: 'Python',
  node: 'Node',
  curl: 'curl',
  other: 'others',
}

/** Client libraries, by how often they ask. */
export function clients({ clients: asked }: PageState): HTMLElement[] {
  if (asked.length === 0) return [element('p', { class: 'empty' }, 'Nobody has asked yet.')]
  const sum = ({ answers: { token, refused, failed } }: (typeof asked)[number]): number => token + refused + failed
  const most = Math.max(...asked.map(sum))
  const rows = asked.map((client) => {
    const { token, refused, failed } = client.answers
    const part = (value: number): number => Math.round((value / most) * 1000) / 10
    const widths = [token, refused, failed].map(part) as [number, number, number]
    const bar = drawn(
      'svg',
      { class: 'share', height: 8, 'aria-hidden': 'true' },
      drawn('rect', { class: 'tokens', width: `${widths[0]}%`, height: 8 }),
      drawn('rect', { class: 'refused', x: `${widths[0]}%`, width: `${widths[1]}%`, height: 8 }),
      drawn('rect', { class: 'failed', x: `${widths[0] + widths[1]}%`, width: `${widths[2]}%`, height: 8 }),
    )
    return element(
      'tr',
      { 'data-client': client.client },
      element('th', { scope: 'row' }, names[client.client] ?? client.client),
      element('td', { class: 'bar' }, bar),
      ...[token, refused, failed].map((value) => element('td', { class: 'number' }, value === 0 ? '–' : count(value))),
    )
  })
  const heads = ['client', '', 'tokens', 'refused', 'failed'].map((head) =>
    head === '' ? element('td') : element('th', { scope: 'col' }, head),
  )
  return [
    element(
      'table',
      { class: 'clients' },
      element('caption', { class: 'unseen' }, 'Requests by client library since the start'),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...rows),
    ),
    element('p', { class: 'quiet' }, 'By User-Agent; librdkafka sends none.'),
  ]
}
