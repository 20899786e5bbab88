import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { explain } from '../../../src/explain/explain.ts'
import { tokenCauses } from '../../../src/explain/token-causes.ts'
import { nodeHandler } from '../../../src/http/mount-node.ts'
import { dispatch, type Dispatch } from '../../../src/http/route.ts'
import type { WireRequest } from '../../../src/http/wire-message.ts'
import { adminPageRoutes, withoutOwnOrigin, type AdminPageOptions } from '../../../src/ops/admin-page/index.ts'
import { nothingObserved } from './observed-world.ts'

export interface PageServer extends AsyncDisposable {
  readonly origin: string
  /** Paths of the requests that arrived. */
  readonly asked: readonly string[]
}

export interface PageServerOptions extends Partial<AdminPageOptions> {
  /** Where a request has to have it. */
  readonly secret?: string
  readonly port?: number
}

/** The page's routes behind a real server on loopback, as the admin listener has them. */
export async function pageServer({ secret, port = 0, ...changes }: PageServerOptions = {}): Promise<PageServer> {
  const options: AdminPageOptions = {
    observed: () => nothingObserved,
    explain,
    tokenCauses,
    decodedToken: () => undefined,
    version: '1.2.3',
    now: Date.now,
    isOpen: secret === undefined,
    mayRead: ({ headers }) => secret === undefined || headers['authorization'] === `Bearer ${secret}`,
    ...changes,
  }
  const answer = dispatch(adminPageRoutes(options))
  const asked: string[] = []
  const counted: Dispatch = Object.assign(
    (request: WireRequest) => {
      asked.push(`${request.method} ${request.path}`)
      return answer(withoutOwnOrigin(request))
    },
    {
      refuse: (thrown: unknown, request: WireRequest) => answer.refuse(thrown, request),
      serves: (method: string, path: string) => answer.serves(method, path),
    },
  )
  const server = createServer(nodeHandler(counted))
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
