import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { scriptedServer } from '../test/fakes/scripted-server.ts'
import { median, quantile, table } from './figures.ts'
import type { Measurement, MeasurementOptions } from './measurement.ts'
import { askOnce, startServer } from './server.ts'

const profiles = 200
const claims = { sub: 'orders', iat: 1, exp: 4_000_000_000 }
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`

/** What a token that is not there yet costs on top of the provider: the assertion is signed, and one request is made. */
export const coldToken: Measurement = {
  name: 'cold-token',
  about: `source client-credentials, ${profiles} profiles, each asked once; a provider on this host that answers at once, asked directly before each of them`,
  async run(options) {
    const rows = []
    for (const algorithm of ['RS256', 'ES256'] as const) rows.push(await measured(algorithm, options))
    return table(
      ['assertion', 'provider alone ms', 'first profile ms', 'others ms, median', 'p99', 'on top of the provider'],
      rows,
    )
  },
}

async function measured(algorithm: 'RS256' | 'ES256', { product }: MeasurementOptions): Promise<(string | number)[]> {
  const answer = { body: { access_token: token, token_type: 'Bearer', expires_in: 3600 } }
  const provider = await scriptedServer(() => answer)
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = product.file(`${algorithm}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  const names = Array.from({ length: profiles }, (_, index) => `p${index}`)
  const config = { profiles: Object.fromEntries(names.map((name) => [name, profile(name)])) }
  function profile(clientId: string): object {
    const assertion = { algorithm, privateKeyFile: key }
    return { source: 'client-credentials', tokenEndpoint: `${provider.origin}/token`, clientId, assertion }
  }
  const file = product.file(`${algorithm}.yaml`, JSON.stringify(config))
  try {
    const command = product.serve(['--config', file])
    await using server = await startServer(command, { until: 'accepting' })
    // What a process loads for its first call is not the cost of a token.
    await sleep(1_500)
    const direct: number[] = []
    const through: number[] = []
    for (const name of names) {
      direct.push(await timed(() => askOnce(provider.port)))
      through.push(await timed(() => askOnce(server.port, `/token/${name}`)))
    }
    const [first = NaN, ...others] = through
    const alone = median(direct)
    const cost = median(others.map((took, index) => took - (direct[index + 1] ?? NaN)))
    const p99 = quantile(
      others.toSorted((a, b) => a - b),
      0.99,
    )
    return [algorithm, alone.toFixed(2), first.toFixed(1), median(others).toFixed(2), p99.toFixed(2), cost.toFixed(2)]
  } finally {
    await provider.close()
  }
}

async function timed(ask: () => Promise<number | undefined>): Promise<number> {
  const startedAt = performance.now()
  const status = await ask()
  if (status !== 200) throw new Error(`answered with ${String(status)}`)
  return performance.now() - startedAt
}
