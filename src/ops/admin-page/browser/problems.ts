import type { PageOutlet, PageProblem, PageState } from '../page-state.ts'
import { element } from './dom.ts'
import { facts, failureBox } from './row-detail.ts'
import { badge } from './standing.ts'
import { ago, isoTime, plural } from './words.ts'

/** Failures and refusals, the latest first, each with what to do about it. */
export function problems({ problems: found, now, reloadFailures }: PageState): HTMLElement[] {
  const reloads =
    reloadFailures > 0
      ? [
          element(
            'p',
            { class: 'empty', 'data-key': 'reloads' },
            `${plural(reloadFailures, 'change')} of files could not be taken; what they held before is used on.`,
          ),
        ]
      : []
  if (found.length === 0)
    return [...reloads, element('p', { class: 'empty', 'data-key': 'none' }, 'None since the start.')]
  return [
    ...reloads,
    element('ul', { class: 'problems', 'data-key': 'list' }, ...found.map((one) => problem(one, now))),
  ]
}

function problem({ at, code, profile, delegationToken, message, hint, count }: PageProblem, now: number): HTMLElement {
  const who = profile === undefined ? delegationToken : profile
  return element(
    'li',
    { 'data-key': [code, profile, delegationToken, message].join(' '), 'data-code': code },
    element(
      'p',
      { class: 'line' },
      element('code', { class: 'code' }, code),
      who !== undefined && element('b', {}, who),
      element(
        'span',
        { class: 'quiet end', title: isoTime(at) },
        count > 1 ? `${plural(count, 'time')}, last: ${ago(at, now)}` : ago(at, now),
      ),
    ),
    element('p', {}, message),
    element('p', { class: 'next' }, element('b', {}, 'Next: '), hint),
  )
}

/** Files and Secrets that tokens are written to. */
export function outlets({ outlets: found, now }: PageState): HTMLElement[] {
  return found.map((outlet) => outletRow(outlet, now))
}

function outletRow({ target, standing, says, writtenAt, failure }: PageOutlet, now: number): HTMLElement {
  return element(
    'div',
    { class: 'outlet', 'data-key': target, 'data-standing': standing },
    element(
      'p',
      { class: 'line' },
      badge(standing),
      element('b', {}, target),
      element('span', { class: 'quiet end' }, writtenAt === undefined ? says : `written ${ago(writtenAt, now)}`),
    ),
    failure && facts([['State', says]]),
    failure && failureBox(failure, now),
  )
}
