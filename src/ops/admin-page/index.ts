import type { Route } from '../../http/route.ts'
import type { WireRequest, WireResponse } from '../../http/wire-message.ts'
import type { Observed } from '../observed/observed.ts'
import { jsonAnswer, pageAnswer, secretNeeded } from './answers.ts'
import { explained, type Explaining } from './explained.ts'
import { pageStateOf, requestsFor } from './page-state-of.ts'
import type { PageProfileDetail, PageToken } from './page-state.ts'

export { withoutOwnOrigin } from './own-origin.ts'

/*
 * How the page is made. What runs in the browser is TypeScript of its own in `browser/`, with the browser's types and without
 * Node's, one idea per file as everywhere. `npm run docs` bundles it with HTML and CSS into strings (`page-text.ts`), which is
 * committed and which a test holds against its sources. So the library (files of tsc), the command (one bundle), and
 * `npm run dev` (sources as they are) all have the page without a file to find or copy at run time, and none of them needs a
 * bundler. Rejected: the text of functions (`toString()`), which minification breaks; reading files beside the program, of which
 * the bundle has none; a framework, as a page of 40 KB can be drawn anew every second and compared with what stands there
 * (`browser/morph.ts`). It is plain ASCII, like every answer. It is drawn by `textContent` alone, which trusted types enforce.
 */

export interface AdminPageOptions extends Explaining {
  readonly observed: () => Observed
  /** Header and claims of the token that is given at present; undefined where there is none. */
  readonly decodedToken: (profile: string) => PageToken | undefined
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Nobody is asked for a secret. */
  readonly isOpen: boolean
  readonly mayRead: (request: WireRequest) => boolean
}

/**
 * The page, what it shows, and the form that explains. Only the page itself is for everybody: it holds no data, so that a link
 * may lead to it. Requests pass `withoutOwnOrigin` before they are dispatched.
 */
export function adminPageRoutes(options: AdminPageOptions): Route[] {
  const { observed, decodedToken, version, now, isOpen, mayRead } = options

  function ifMayRead(handle: Route['handle']): Route['handle'] {
    return (request, parameter) => (mayRead(request) ? handle(request, parameter) : secretNeeded())
  }

  function state({ query }: WireRequest): WireResponse {
    const since = Number(new URLSearchParams(query).get('since') ?? 0)
    const about = { now: now(), version, isOpen, since: Number.isFinite(since) ? since : 0 }
    return jsonAnswer(pageStateOf(observed(), about))
  }

  function detail(name: string): WireResponse {
    const token = decodedToken(name)
    const told: PageProfileDetail = {
      now: now(),
      // Field by field: whatever else an object brings along stays out.
      token: token && { header: token.header, claims: token.claims },
      requests: requestsFor(observed(), name),
    }
    return jsonAnswer(told)
  }

  return [
    { method: 'GET', path: '/', isPublic: true, handle: pageAnswer },
    { method: 'GET', path: '/state', handle: ifMayRead(state) },
    { method: 'GET', path: '/state/:profile', handle: ifMayRead((_request, name) => detail(name)) },
    {
      method: 'POST',
      path: '/explain',
      handle: ifMayRead(({ body }) => jsonAnswer(explained(Buffer.from(body).toString(), now(), options))),
    },
  ]
}
