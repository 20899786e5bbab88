import type { PageDelegationToken, PageMoment, PageProfile, PageProfileDetail, PageState } from '../page-state.ts'
import { drawn, element, type Child } from './dom.ts'
import { facts, failureBox, momentTable, requestTable, tokenTable } from './row-detail.ts'
import { spanOf, type Sight, type Span } from './sight.ts'
import { drawnFrom } from './morph.ts'
import { badge, word } from './standing.ts'
import { axis, timeLine } from './time-line.ts'
import { ago, count, isoTime, left, milliseconds, plural } from './words.ts'

/** More rows than these are shown when they are asked for. */
const mostRows = 40

export interface Told {
  readonly state: PageState
  readonly moments: readonly PageMoment[]
  /** Of profiles whose row is open. */
  readonly details: ReadonlyMap<string, PageProfileDetail>
  readonly sight: Sight
}

interface Row {
  readonly key: string
  readonly of: PageProfile | PageDelegationToken
  /** What stands below its name. */
  readonly about: string
  readonly detail: () => readonly Child[]
}

/** Profiles and delegation tokens, each a row that opens. */
export function tokenRows(told: Told): HTMLElement[] {
  const { state, sight } = told
  const span = spanOf(sight.spanMs, state.now, state.startedAt)
  const moments = Map.groupBy(told.moments, ({ about }) => about)
  const profiles = state.profiles.map((profile) => profileRow(profile, told, moments))
  const delegationTokens = state.delegationTokens.map((token) => delegationTokenRow(token, state.now, moments))
  const shown = (title: string, rows: readonly Row[]): HTMLElement[] =>
    group(title, rows, (row) => rowOnceDrawn(row, span, moments.get(row.key) ?? [], sight), sight)
  return [
    element('div', { class: 'row scale', 'data-key': 'scale' }, axis(span)),
    ...shown('Profiles', profiles),
    ...shown('Delegation tokens', delegationTokens),
  ]
}

function group(title: string, rows: readonly Row[], show: (row: Row) => Element, sight: Sight): HTMLElement[] {
  if (rows.length === 0) return []
  const wanted = rows.filter((row) => matches(row, sight.filter))
  const shown = sight.showsAll ? wanted : wanted.slice(0, mostRows)
  const number = wanted.length === rows.length ? count(rows.length) : `${count(wanted.length)} of ${count(rows.length)}`
  const more = wanted.length - shown.length
  return [
    element('h3', { 'data-key': title }, title, ' ', element('span', { class: 'quiet' }, number)),
    element('ul', { 'data-key': `${title} list`, class: 'rows', 'aria-label': title }, ...shown.map(show)),
    ...(wanted.length === 0 ? [element('p', { class: 'empty' }, 'No name, kind, subject or state is like this.')] : []),
    ...(more > 0
      ? [
          element(
            'p',
            { class: 'more' },
            element('button', { type: 'button', 'data-action': 'all' }, `Show ${count(more)} more`),
          ),
        ]
      : []),
  ]
}

function matches({ of, about }: Row, filter: string): boolean {
  const wanted = filter.trim().toLowerCase()
  return `${of.name} ${about} ${word(of.standing)} ${of.says} ${of.failure?.code ?? ''}`.toLowerCase().includes(wanted)
}

/** Drawn anew where something has changed: with hundreds of rows, most have not. One that is open always is. */
function rowOnceDrawn(row: Row, span: Span, moments: readonly PageMoment[], sight: Sight): Element {
  const { of, key, about } = row
  const draw = (): Element => rowElement(row, span, moments, sight)
  if (sight.open.has(key)) return draw()
  const past = span.now - span.from
  // So often the time lines move.
  const step = Math.floor((span.now / past) * 300)
  const last = moments.slice(-2).map(({ at, count }) => [at, count])
  const from = [of.standing, lifeText(of, span.now), about, of.failure?.at, past, step, moments.length, last]
  return drawnFrom('li', key, JSON.stringify(from), draw)
}

function rowElement({ key, of, about, detail }: Row, span: Span, moments: readonly PageMoment[], sight: Sight) {
  const isOpen = sight.open.has(key)
  return element(
    'li',
    { 'data-key': key, 'data-standing': of.standing },
    element(
      'details',
      { 'data-row': key, open: isOpen },
      element(
        'summary',
        { class: 'row' },
        badge(of.standing),
        element('span', { class: 'name' }, element('b', {}, of.name), element('small', { title: about }, about)),
        life(of, span.now),
        timeLine({ ...of, moments, failedAt: of.failure?.at }, span),
      ),
      element('div', { class: 'detail' }, ...(isOpen ? detail() : [])),
    ),
  )
}

/** What is left of a token, in words and as a part of its whole life. */
function life(of: PageProfile | PageDelegationToken, now: number): HTMLElement {
  const { expiresAt, standing } = of
  const start = 'obtainedAt' in of ? of.obtainedAt : undefined
  const bar =
    expiresAt !== undefined && start !== undefined && expiresAt > start
      ? drawn(
          'svg',
          { class: 'life', height: 4, 'aria-hidden': 'true' },
          drawn('rect', { class: 'whole', width: '100%', height: 4, rx: 2 }),
          drawn('rect', {
            class: standing,
            width: `${percent((expiresAt - now) / (expiresAt - start))}%`,
            height: 4,
            rx: 2,
          }),
        )
      : undefined
  return element('span', { class: 'left' }, element('span', {}, lifeText(of, now)), bar)
}

function lifeText({ expiresAt, says }: PageProfile | PageDelegationToken, now: number): string {
  return expiresAt === undefined ? says : left(expiresAt, now)
}

function percent(part: number): number {
  return Math.round(Math.min(Math.max(part, 0), 1) * 100)
}

type Moments = ReadonlyMap<string, readonly PageMoment[]>

function profileRow(profile: PageProfile, { state, details }: Told, moments: Moments): Row {
  const { name, source, subject, answers, upstream, says, failure, expiresAt } = profile
  const { now } = state
  const key = `profile ${name}`
  return {
    key,
    of: profile,
    about: [source, ...(subject === undefined ? [] : [subject])].join(' · '),
    detail: () => {
      const told = details.get(name)
      const isOver = expiresAt !== undefined && expiresAt <= now
      return [
        failure && failureBox(failure, now),
        facts([
          ['State', says],
          ['Principal', subject],
          ['Token ends', expiresAt === undefined ? undefined : isoTime(expiresAt)],
          ['Given', plural(answers.token, 'token')],
          ['Refused', answers.refused > 0 && count(answers.refused)],
          ['Failed', answers.failed > 0 && count(answers.failed)],
          ['Upstream', upstreamText(upstream)],
        ]),
        told?.token && tokenTable(told.token, now, `${isOver ? 'Last' : 'Current'} token: header and claims`),
        told && !told.token && element('p', { class: 'quiet' }, 'There is no token to show at present.'),
        element(
          'div',
          { class: 'tables' },
          momentTable(moments.get(key) ?? [], name),
          told && told.requests.length > 0 && requestTable(told.requests),
        ),
      ]
    },
  }
}

function upstreamText({ calls, failures, totalMs }: PageProfile['upstream']): string {
  if (calls === 0) return 'not called yet'
  const failed = failures > 0 ? `, ${count(failures)} failed` : ''
  return `${plural(calls, 'call')}${failed}, ${milliseconds(totalMs / calls)} on average`
}

function delegationTokenRow(token: PageDelegationToken, now: number, moments: Moments): Row {
  const { name, tokenId, owner, expiresAt, maxLifetimeAt, says, failure } = token
  const key = `delegation token ${name}`
  return {
    key,
    of: token,
    about: owner ?? 'delegation token',
    detail: () => [
      failure && failureBox(failure, now),
      facts([
        ['State', says],
        ['Owner', owner],
        ['Token id', tokenId],
        ['Ends', expiresAt === undefined ? undefined : `${isoTime(expiresAt)}, ${left(expiresAt, now)}`],
        ['Can be renewed until', maxLifetimeAt === undefined ? undefined : isoTime(maxLifetimeAt)],
        ['Last failure', failure && ago(failure.at, now)],
      ]),
      momentTable(moments.get(key) ?? [], name),
    ],
  }
}
