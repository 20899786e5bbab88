import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeHandler } from './mount-node.ts'
import type { Dispatch } from './route.ts'

/** What Express, and whatever works like it, takes in `app.use()`. */
export type ExpressRouter = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** How the routes sit in an Express application. */
export interface ExpressMount {
  /** Answer every path, not only those that are served. Default: true under a prefix, false without one. */
  readonly exclusive?: boolean
}

/**
 * Serves the routes in Express, as in `app.use('/kafka', router)`; a body parser in front is fine. Under a prefix it
 * answers every path, because a Kafka client shows what it says; without one it leaves what is not its own to the routes
 * behind. In an `express.Router` that has routes of its own, say `exclusive: false`.
 */
export function expressRouter(answer: Dispatch, { exclusive }: ExpressMount = {}): ExpressRouter {
  const handle = nodeHandler(answer)
  return (request, response, next) => {
    const isMountedUnderPrefix = 'baseUrl' in request && request.baseUrl !== ''
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if ((exclusive ?? isMountedUnderPrefix) || answer.serves(request.method ?? 'GET', path)) handle(request, response)
    else next()
  }
}
