import type { PageFailure, PageMoment, PageProfileDetail, PageToken } from '../page-state.ts'
import { element, type Child } from './dom.ts'
import { ago, clock, count, isoTime, left, plural } from './words.ts'

/** What went wrong, and what to do next. */
export function failureBox({ code, message, hint, at }: PageFailure, now: number): HTMLElement {
  return element(
    'div',
    { class: 'failure' },
    element('p', {}, element('code', { class: 'code' }, code), ` ${ago(at, now)}`),
    element('p', {}, message),
    element('p', { class: 'next' }, element('b', {}, 'Next: '), hint),
  )
}

/** Names with what they hold; what is not known is left out. */
export function facts(entries: readonly (readonly [string, Child])[]): HTMLElement {
  const shown = entries.filter(([, value]) => value !== undefined && value !== false)
  return element(
    'dl',
    { class: 'facts' },
    ...shown.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  )
}

/** Header and claims, with times as dates beside them. */
export function tokenTable({ header, claims }: PageToken, now: number, caption: string): HTMLElement {
  const rows = (part: string, of: PageToken['claims']): HTMLElement[] =>
    Object.entries(of).map(([name, value]) =>
      element(
        'tr',
        {},
        element('td', { class: 'quiet' }, part),
        element('th', { scope: 'row' }, name),
        element('td', {}, element('code', {}, valueText(value)), meaning(name, value, now)),
      ),
    )
  const heads = ['part', 'name', 'value'].map((head) => element('th', { scope: 'col' }, head))
  return element(
    'table',
    { class: 'claims' },
    element('caption', {}, caption),
    element('thead', { class: 'unseen' }, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows('header', header), ...rows('claims', claims)),
  )
}

const longestValue = 2_000

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text
}

function meaning(name: string, value: unknown, now: number): Child {
  if (!['exp', 'iat', 'nbf', 'auth_time'].includes(name) || typeof value !== 'number') return undefined
  const at = value * 1000
  return element('span', { class: 'quiet' }, ` ${isoTime(at)}, ${name === 'exp' ? left(at, now) : when(at, now)}`)
}

function when(at: number, now: number): string {
  return at > now ? `in ${left(at, now).replace(' left', '')}` : ago(at, now)
}

const mostMoments = 25

/** The time line as a table. */
export function momentTable(moments: readonly PageMoment[], name: string): HTMLElement {
  const rows = together(moments)
    .slice(-mostMoments)
    .reverse()
    .map(({ at, what, expiresAt, code, count: many = 1 }) =>
      element(
        'tr',
        {},
        element('td', { title: isoTime(at) }, clock(at, what !== 'handed out')),
        element('td', {}, many > 1 || what === 'handed out' ? `${what} ${plural(many, 'time')}` : what),
        element('td', {}, code ?? (expiresAt === undefined ? '' : `until ${clock(expiresAt, true)}`)),
      ),
    )
  const heads = ['time', 'what', 'more'].map((head) => element('th', { scope: 'col' }, head))
  return element(
    'table',
    { class: 'moments' },
    element('caption', {}, `What happened to ${name}, the latest first`),
    element('thead', { class: 'unseen' }, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  )
}

const repeatable = new Set(['handed out', 'failed'])

/** Minutes in which it was handed out, and nothing else happened, as one; failures of one kind as well. */
function together(moments: readonly PageMoment[]): readonly PageMoment[] {
  const joined: PageMoment[] = []
  for (const moment of moments) {
    const last = joined.at(-1)
    const isAlike = last?.what === moment.what && last.code === moment.code && repeatable.has(moment.what)
    if (isAlike) {
      joined[joined.length - 1] = { ...last, count: (last.count ?? 1) + (moment.count ?? 1) }
    } else joined.push(moment)
  }
  return joined
}

export function requestTable(requests: PageProfileDetail['requests']): HTMLElement {
  const rows = requests.map(({ client, outcome, code, count: many }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, client),
      element('td', {}, outcome, code !== undefined && ' ', code !== undefined && element('code', {}, code)),
      element('td', { class: 'number' }, count(many)),
    ),
  )
  const heads = ['client', 'outcome', 'requests'].map((head) => element('th', { scope: 'col' }, head))
  return element(
    'table',
    { class: 'asked' },
    element('caption', {}, 'Who asked'),
    element('thead', { class: 'unseen' }, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  )
}
