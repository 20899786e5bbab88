import type { PageExplanation } from '../page-state.ts'
import { byId, element } from './dom.ts'
import type { Link } from './link.ts'
import { Refused } from './link.ts'
import { show } from './morph.ts'
import { tokenTable } from './row-detail.ts'
import { plural } from './words.ts'

/** What one request may carry; of more, the end is sent, where the newest lines are. */
const mostBytes = 60_000

/** The form that explains what is pasted. `onRefused` hears when the secret is asked for again. */
export function explainForm(link: Link, onRefused: (refused: Refused) => void): void {
  const form = byId('explain', HTMLFormElement)
  const field = byId('explain-text', HTMLTextAreaElement)
  const place = byId('explained', HTMLElement)
  let asked = 0

  async function explain(): Promise<void> {
    asked += 1
    const mine = asked
    const { text, isCut } = lastOf(field.value)
    try {
      const explanation = await link.explain(text)
      if (mine === asked) show(place, ...shown(explanation, isCut))
    } catch (error) {
      if (error instanceof Refused && error.status === 401) onRefused(error)
      const reason = error instanceof Refused ? error.message : 'The sidecar does not answer.'
      if (mine === asked) show(place, element('p', { class: 'bad' }, reason))
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void explain()
  })
  form.addEventListener('reset', () => {
    asked += 1
    show(place)
  })
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    form.requestSubmit()
  })
}

function lastOf(text: string): { readonly text: string; readonly isCut: boolean } {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= mostBytes) return { text, isCut: false }
  return { text: new TextDecoder().decode(bytes.slice(-mostBytes)), isCut: true }
}

const cutNote =
  'This is long: the last 60 KB are explained. All of it: kubectl logs app | npx kafka-token-sidecar explain'

function shown({ token, note, found }: PageExplanation, isCut: boolean): HTMLElement[] {
  return [
    ...(isCut ? [element('p', { class: 'quiet' }, cutNote)] : []),
    ...(token ? [tokenTable(token, Date.now(), 'The token: header and claims, trusted by nobody')] : []),
    ...(note === undefined ? [] : [element('p', {}, note)]),
    ...found.map((one) =>
      element(
        'article',
        { class: 'explanation' },
        element('h3', {}, one.title),
        element(
          'p',
          { class: 'quiet' },
          `${one.where}${one.times > 1 ? `, ${plural(one.times, 'time')}` : ''}`,
          one.evidence !== undefined && ': ',
          one.evidence !== undefined && element('code', {}, one.evidence),
        ),
        one.cause !== undefined && element('p', {}, one.cause),
        element(
          'ol',
          {},
          ...one.fixes.map(({ say, paste }) =>
            element('li', {}, say, paste !== undefined && element('pre', {}, paste)),
          ),
        ),
        one.brokerSays !== undefined &&
          element('p', { class: 'quiet' }, 'The log of the broker then says: ', element('code', {}, one.brokerSays)),
      ),
    ),
  ]
}
