import type { PageExplanation, PageProfileDetail, PageState } from '../page-state.ts'

/** An answer other than what was asked for; its message is for the reader. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const timeoutMs = 10_000

/** The sidecar as the page sees it. The secret is a variable of this page: it ends with it. */
export interface Link {
  secret: string | undefined
  state(since: number, signal: AbortSignal): Promise<PageState>
  detail(profile: string): Promise<PageProfileDetail>
  explain(text: string): Promise<PageExplanation>
}

export function linkToSidecar(): Link {
  const link: Link = {
    secret: undefined,
    state: (since, signal) => ask(`state?since=${since}`, { signal }),
    detail: (profile) => ask(`state/${encodeURIComponent(profile)}`),
    explain: (text) => ask('explain', { method: 'POST', body: text, headers: { 'Content-Type': 'text/plain' } }),
  }

  async function ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers)
    if (link.secret !== undefined) headers.set('Authorization', `Bearer ${link.secret}`)
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    const answer = await fetch(path, { ...init, headers, signal, cache: 'no-store', credentials: 'omit' })
    if (!answer.ok) throw new Refused(answer.status, await reasonOf(answer))
    return (await answer.json()) as Answer
  }

  return link
}

async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text()
  try {
    const { error_description: description } = JSON.parse(text) as { readonly error_description?: unknown }
    if (typeof description === 'string') return description
  } catch {
    // Not from the sidecar, as a proxy between.
  }
  return `The sidecar answers with status ${answer.status}.`
}
