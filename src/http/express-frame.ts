import { IncomingMessage, ServerResponse } from 'node:http'
import type { ListenerOptions } from './listener.ts'
import type { NodeHandler } from './mount-node.ts'

const noLocals = Object.freeze({})

/**
 * Express around a handler, made to cost little: it gives each request and response the prototypes of its own and adds
 * fields to them, which is slow, and is left out when the server makes them so from the start.
 */
export async function expressFrame(handler: NodeHandler): Promise<Pick<ListenerOptions, 'handle' | 'messages'>> {
  const { default: express } = await import('express')
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  class Request extends IncomingMessage {
    res: unknown = undefined
    params: unknown = undefined
    baseUrl = ''
    next: unknown = undefined
    originalUrl = ''
    _parsedUrl: unknown = undefined
  }
  class Response<Of extends IncomingMessage> extends ServerResponse<Of> {
    locals = noLocals
  }
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  Object.assign(app, { request: Request.prototype, response: Response.prototype })
  app.use(handler)
  return {
    // What Express cannot make out, such as a broken absolute target, is answered by us too, and not with a page.
    handle: (request, response) => {
      app(request as never, response as never, () => {
        handler(request, response)
      })
    },
    messages: { IncomingMessage: Request, ServerResponse: Response },
  }
}
