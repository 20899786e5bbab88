/** Programs of users, as text: they are compiled and run where the package is installed, not here. */

const ask = `
const form = { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) }
const tokenFrom = async (url) => {
  const answer = await fetch(url, form)
  return { status: answer.status, parts: (await answer.json()).access_token?.split('.').length }
}
`

/** Mounts it in everything and prints what each answers. */
export const esm = `
import { createServer } from 'node:http'
import express from 'express'
import { ConfigError, createSidecar, oauthBearerProvider, Secret, TokenError, version } from 'kafka-token-sidecar'
${ask}
const sidecar = createSidecar({ profiles: { default: { source: 'self-issued', subject: 'app' } } })
const app = express()
app.use(express.urlencoded())
app.use('/kafka', sidecar.expressRouter())
const servers = [createServer(sidecar.nodeHandler({ prefix: '/kafka' })), createServer(app)]
const answers = []
for (const server of servers) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  answers.push(await tokenFrom('http://127.0.0.1:' + server.address().port + '/kafka/token'))
  server.close()
}
const fetched = await sidecar.fetchHandler({ prefix: '/kafka' })(new Request('http://localhost:3000/kafka/token', form))
const { port } = await createSidecar({ listen: { port: 0 }, profiles: { default: { source: 'self-issued' } } }).start()
const { value, principal } = await oauthBearerProvider(sidecar)()
console.log(JSON.stringify({
  version,
  mounted: answers,
  fetched: fetched.status,
  listening: await tokenFrom('http://localhost:' + port + '/token'),
  provided: value.split('.').length,
  principal,
  hidden: JSON.stringify({ secret: new Secret('hunter2') }),
  classes: [ConfigError.name, TokenError.name],
}))
process.exit()
`

export const cjs = `
const { createSidecar, oauthBearerProvider, version } = require('kafka-token-sidecar')
const sidecar = createSidecar({ profiles: { default: { source: 'self-issued', subject: 'app' } } })
oauthBearerProvider(sidecar)().then(({ principal, lifetime }) => {
  console.log(JSON.stringify({ version, principal, future: lifetime > Date.now() }))
})
`

/** Uses each type, and says where the compiler has to object. */
export const typed = `
import { createServer } from 'node:http'
import express from 'express'
import {
  ConfigError, createSidecar, oauthBearerProvider, Secret, TokenError, version,
  type AccessToken, type ConfigFault, type ConfigInput, type ErrorCode, type ExpressRouter, type FetchHandler, type Listener,
  type NodeHandler, type OAuthErrorCode, type OauthBearerProvider, type OauthBearerToken, type Platform, type Sidecar,
  type SidecarEvent, type SidecarOptions, type Timer,
} from 'kafka-token-sidecar'

const config: ConfigInput = {
  listen: { host: 'localhost', port: 0, allowedHosts: ['tokens.svc'], holdTimeout: '5s' },
  log: { level: 'debug' },
  profiles: {
    default: { source: 'gcp', principal: 'app@project.iam.gserviceaccount.com' },
    without: {},
    own: { source: 'self-issued', subject: 'app', audience: ['a', 'b'], lifetime: 60, claims: { groups: ['x'] } },
  },
}
const events: SidecarEvent[] = []
const options: SidecarOptions = { onEvent: (event) => events.push(event) }
const sidecar: Sidecar = createSidecar(config, options)

const node: NodeHandler = sidecar.nodeHandler({ prefix: '/kafka' })
createServer(node)
const router: ExpressRouter = sidecar.expressRouter()
express().use('/kafka', router)
const fetched: FetchHandler = sidecar.fetchHandler()
export const POST: (request: Request) => Promise<Response> = fetched

export async function use(): Promise<string> {
  const listener: Listener = await sidecar.start()
  const port: number = listener.port
  const urls: readonly string[] = listener.urls
  await sidecar.stop({ graceMs: 1_000 })
  const token: AccessToken = await sidecar.getToken('own')
  const text: string = token.value.reveal()
  const provider: OauthBearerProvider = oauthBearerProvider(sidecar, 'own')
  const given: OauthBearerToken = await provider()
  const plain: string = await provider.token()
  return [port, urls, text, given.value, given.principal, given.lifetime, plain, version].join()
}

export function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.map((fault: ConfigFault) => fault.option + fault.problem).join()
  if (error instanceof TokenError) {
    const code: ErrorCode = error.code
    const oauth: OAuthErrorCode = error.oauth
    return code + oauth + error.status + error.hint
  }
  return ''
}

export function onEvent(event: SidecarEvent): string | undefined {
  return event.type === 'request-answered' ? event.client : event.type === 'token-failed' ? event.code : undefined
}

export function clock(platform: Platform): Timer {
  return platform.setTimer(() => undefined, platform.now())
}

// @ts-expect-error a secret is no string
const leaked: string = new Secret('hunter2')
// @ts-expect-error there is no such source
createSidecar({ profiles: { default: { source: 'nope' } } })
// @ts-expect-error an option of another source
createSidecar({ profiles: { default: { source: 'gcp', lifetime: '1h' } } })
// @ts-expect-error there is no such option
createSidecar({ listen: { prot: 1 } })
// @ts-expect-error a port is a number
createSidecar({ listen: { port: '1' } })
// @ts-expect-error no event has a token
createSidecar({}, { onEvent: (event) => event.token })
// @ts-expect-error there is no such code
const code: ErrorCode = 'ERR_NOPE'
void [leaked, code]
`
