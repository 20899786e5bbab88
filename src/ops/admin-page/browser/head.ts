import type { PageState, Standing } from '../page-state.ts'
import { element } from './dom.ts'
import { badge, sign } from './standing.ts'
import { duration, plural } from './words.ts'

const phases: Readonly<Record<PageState['phase'], readonly [Standing, string]>> = {
  starting: ['idle', 'starting'],
  running: ['good', 'running'],
  draining: ['risky', 'draining: about to stop'],
}

/** What the sidecar is and how it stands. */
export function head({ phase, version, startedAt, now, urls, isOpen }: PageState): HTMLElement[] {
  const [standing, text] = phases[phase]
  const facts = [
    ...(startedAt === undefined ? [] : [`up ${duration(now - startedAt)}`]),
    `version ${version}`,
    ...urls,
    ...(isOpen ? [] : ['read with the admin secret']),
  ]
  return [
    element('span', { class: `badge ${standing}`, id: 'phase', 'data-phase': phase }, sign(standing), text),
    ...facts.map((fact) => element('span', { class: 'fact' }, fact)),
  ]
}

/** The one sentence for who has a minute. */
export function verdict({ profiles, delegationTokens, outlets, phase }: PageState): {
  readonly standing: Standing
  readonly text: string
} {
  const all = [
    ...profiles.map(({ name, standing }) => ({ standing, name: `profile ${name}` })),
    ...delegationTokens.map(({ name, standing }) => ({ standing, name: `delegation token ${name}` })),
    ...outlets.map(({ target, standing }) => ({ standing, name: target })),
  ]
  const bad = all.filter(({ standing }) => standing === 'bad')
  const risky = all.filter(({ standing }) => standing === 'risky')
  const good = all.filter(({ standing }) => standing === 'good')
  const isAre = (many: number): string => (many === 1 ? 'is' : 'are')
  if (bad.length > 0) {
    const further = risky.length > 0 ? `, ${risky.length} more ${isAre(risky.length)} at risk` : ''
    return { standing: 'bad', text: `${names(bad)}${further}. Open the row to see why, and what to do.` }
  }
  if (risky.length > 0) return { standing: 'risky', text: `${names(risky)}. Clients notice nothing yet.` }
  if (phase === 'draining') return { standing: 'risky', text: 'The sidecar is about to stop.' }
  if (good.length === 0) return { standing: 'idle', text: 'Nobody has asked for a token yet, and nothing has failed.' }
  const idle = all.length - good.length
  const rest = idle > 0 ? `; ${idle} ${isAre(idle)} idle` : ''
  return {
    standing: 'good',
    text: `All ${plural(good.length, 'token or outlet', 'tokens and outlets')} in use${rest}.`,
  }
}

const mostNames = 3

function names(all: readonly { readonly name: string }[]): string {
  const first = all.slice(0, mostNames).map(({ name }) => name)
  const more = all.length - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}

export function verdictLine(state: PageState): HTMLElement[] {
  const { standing, text } = verdict(state)
  return [badge(standing), element('span', {}, text)]
}
