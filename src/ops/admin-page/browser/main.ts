import type { PageProfileDetail, PageState } from '../page-state.ts'
import { clients } from './clients.ts'
import { byId, element } from './dom.ts'
import { explainForm } from './explain-form.ts'
import { follow } from './follow.ts'
import { head, verdict, verdictLine } from './head.ts'
import { continued, noHistory } from './history.ts'
import { legend } from './legend.ts'
import { linkToSidecar, Refused } from './link.ts'
import { show } from './morph.ts'
import { plots } from './plots.ts'
import { outlets, problems } from './problems.ts'
import { tokenRows } from './rows.ts'
import { usualSpanMs, type Sight } from './sight.ts'
import { clock } from './words.ts'

const link = linkToSidecar()
const sight: Sight = { spanMs: undefined, filter: '', showsAll: false, open: new Set() }
const details = new Map<string, PageProfileDetail>()
let history = noHistory
let state: PageState | undefined
let answeredAt: number | undefined

const place = (id: string): HTMLElement => byId(id, HTMLElement)
const secretForm = byId('secret', HTMLFormElement)
const secretField = byId('secret-value', HTMLInputElement)

const following = follow(async (signal) => {
  try {
    const next = await link.state(history.since, signal)
    if (next.startedAt !== state?.startedAt && history.since > 0) {
      // Another process: what it has not seen did not happen to it. The next look brings all of it.
      history = noHistory
      details.clear()
      state = undefined
      following.now()
      return
    }
    history = continued(history, next)
    state = next
    answeredAt = next.now
    draw()
    await readOpenRows()
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof Refused && error.status === 401) askForSecret(error)
    else tellGone(error)
  }
})

function draw(): void {
  if (!state) return
  secretForm.hidden = true
  place('content').hidden = false
  document.body.classList.remove('stale')
  show(place('live'), live('good', 'live'))
  show(place('facts'), ...head(state))
  show(place('verdict'), ...verdictLine(state))
  place('verdict').className = verdict(state).standing
  show(place('tokens'), ...tokenRows({ state, moments: history.moments, details, sight }))
  show(place('legend'), legend())
  place('outlets-section').hidden = state.outlets.length === 0
  show(place('outlets'), ...outlets(state))
  show(place('problems'), ...problems(state))
  show(place('requests'), ...plots(state, history.minutes))
  show(place('clients'), ...clients(state))
  const { standing } = verdict(state)
  document.title = `${standing === 'bad' ? 'failing: ' : standing === 'risky' ? 'at risk: ' : ''}kafka-token-sidecar`
  const chosen = sight.spanMs ?? usualSpanMs(state.now - (state.startedAt ?? state.now))
  for (const radio of spanRadios()) radio.checked = Number(radio.value) === chosen
}

/** More of the rows that are open: their tokens. A row that fails keeps what it showed. */
async function readOpenRows(): Promise<void> {
  for (const key of sight.open) {
    const name = key.startsWith('profile ') ? key.slice('profile '.length) : undefined
    if (name === undefined) continue
    details.set(name, await link.detail(name))
  }
  if (sight.open.size > 0) draw()
}

function live(standing: string, text: string): HTMLElement {
  return element('span', { class: `live ${standing}` }, text)
}

function tellGone(error: unknown): void {
  document.body.classList.add('stale')
  const since = answeredAt === undefined ? '' : ` since ${clock(answeredAt, true)}`
  const text = error instanceof Refused ? error.message : `The sidecar does not answer${since}. Trying again.`
  show(place('live'), live('bad', text))
}

function askForSecret({ message }: Refused): void {
  following.pause()
  const wasWrong = link.secret !== undefined
  link.secret = undefined
  place('content').hidden = true
  secretForm.hidden = false
  show(place('live'), live('idle', 'locked'))
  place('secret-wrong').textContent = wasWrong ? `That secret was refused. ${message}` : ''
  secretField.focus()
}

function spanRadios(): NodeListOf<HTMLInputElement> {
  return document.querySelectorAll<HTMLInputElement>('#span input')
}

secretForm.addEventListener('submit', (event) => {
  event.preventDefault()
  const secret = secretField.value.trim()
  secretField.value = ''
  // No header can carry anything else.
  if (/^[\x21-\x7e]+$/.test(secret)) {
    link.secret = secret
    following.now()
  } else place('secret-wrong').textContent = 'A secret is one word of ASCII characters.'
})

for (const radio of spanRadios()) {
  radio.addEventListener('change', () => {
    sight.spanMs = Number(radio.value)
    draw()
  })
}

byId('filter', HTMLInputElement).addEventListener('input', ({ target }) => {
  sight.filter = (target as HTMLInputElement).value
  draw()
})

document.addEventListener('click', ({ target }) => {
  if (!(target instanceof Element) || !target.closest('[data-action=all]')) return
  sight.showsAll = true
  draw()
})

// The event does not bubble, but it is captured.
document.addEventListener(
  'toggle',
  ({ target }) => {
    const key = target instanceof HTMLDetailsElement ? target.dataset['row'] : undefined
    if (key === undefined || !(target instanceof HTMLDetailsElement)) return
    if (target.open === sight.open.has(key)) return
    if (target.open) sight.open.add(key)
    else sight.open.delete(key)
    draw()
    void readOpenRows().catch(() => undefined)
  },
  true,
)

explainForm(link, askForSecret)
following.now()
