import { createServer } from 'node:http'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { metadataServer } from '../fakes/metadata-server.ts'
import { brokerLog } from './broker.ts'
import { type DoctorWorld, doctorWorld, topic } from './doctor-world.ts'
import { googlePrincipals } from './google.ts'
import { keycloakWorld } from './keycloak-world.ts'

let world: DoctorWorld
beforeAll(async () => {
  world = await doctorWorld('doctor-tokens', { classpath: inject('e2e').tools.broker39 })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const endpoint = 'sasl.oauthbearer.token.endpoint.url'
const commandConfig = (changes: Readonly<Record<string, string | undefined>>) => [
  '--command-config',
  world.fileOf(world.client(changes)),
]
const at = (listener: string) => ({ 'bootstrap.servers': world.cluster.bootstrap[listener] ?? '' })

describe('at a broker of Kafka 3.9, the doctor', () => {
  it('comes to the end', async () => {
    const report = await world.doctor([...commandConfig({}), '--topic', topic, '--operation', 'both'])
    expect(report.steps.filter(({ status }) => status !== 'ok')).toEqual([])
  })

  it.each([
    ['AUDIENCE', 'broker-audience'],
    ['ISSUER', 'broker-issuer'],
    ['UNSECURED', 'broker-unsecured'],
    ['KEYS', 'broker-kid'],
  ])('names the token as what is refused at %s, and its loggers tell the reason', async (listener, cause) => {
    const log = world.cluster.nodes[0]?.output().length ?? 0
    const report = await world.doctor(commandConfig(at(listener)))
    expect(report.code).toBe(18)
    expect(report.steps.find(({ step }) => step === 'sasl')?.troubles).toContain(cause)
    const told = world.cluster.nodes[0]?.output().slice(log) ?? ''
    const texts = report.brokerLog?.loggers.flatMap(({ lookFor }) => lookFor) ?? []
    expect(texts.filter((text) => told.includes(text))).not.toEqual([])
  })
})

describe('the clock of a provider', () => {
  it('is told when it is wrong, and no more when it is right', async () => {
    let aheadMs = 90_000
    // The token endpoint of the sidecar, in front of a clock of its own.
    const server = createServer((request, response) => {
      const answer = fetch(`${world.sidecar.origin}/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
      request.resume()
      void answer.then(async (given) => {
        response.sendDate = false
        const date = new Date(Date.now() + aheadMs).toUTCString()
        response.writeHead(given.status, { 'Content-Type': 'application/json', Date: date }).end(await given.text())
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
    const args = commandConfig({ [endpoint]: url })
    const report = await world.doctor(args)
    const found = report.steps.find(({ step }) => step === 'clocks')
    expect([report.code, found?.found]).toEqual([
      13,
      expect.stringMatching(/is 8\d s ahead of this host|is 90 s ahead/) as string,
    ])
    aheadMs = 0
    expect((await world.doctor(args)).code).toBe(0)
  })
})

describe('an envelope for Managed Kafka', () => {
  const google = async () => {
    const metadata = await metadataServer()
    onTestFinished(() => metadata.close())
    return { metadata, env: { GCE_METADATA_HOST: metadata.host, METADATA_SERVER_DETECTION: '' } }
  }

  it('is sent to no other broker, unless that is allowed', async () => {
    const { metadata, env } = await google()
    const { google: bootstrap, brokerLog: file } = inject('e2e')
    const args = ['--bootstrap-server', bootstrap, '--security-protocol', 'SASL_PLAINTEXT']
    const log = brokerLog(file)
    const report = await world.doctor(args, env)
    const sasl = report.steps.find(({ step }) => step === 'sasl')
    expect([report.code, sasl?.found]).toEqual([18, expect.stringContaining('was not sent') as string])
    expect(log.tokens()).toBe(0)
    const flag = sasl?.remedies?.map(({ paste }) => paste).find((paste) => paste?.startsWith('--allow'))
    const allowed = await world.doctor([...args, flag ?? ''], env)
    expect([allowed.code, log.tokens()]).toEqual([0, 1])
    expect(allowed.steps.find(({ step }) => step === 'session')?.found).toContain(googlePrincipals.metadata)
    expect(metadata.tokens.length).toBe(2)
    const printed = JSON.stringify([report, allowed])
    for (const token of metadata.tokens) expect(printed).not.toContain(token)
  })

  it('is not made for the identity pool of a cluster, and the line for kubectl is printed', async () => {
    const { metadata, env } = await google()
    metadata.identity.email = 'project.svc.id.goog'
    const { stdout, code } = await world.read([], env)
    expect(code).toBe(11)
    expect(stdout).toContain(
      '      kubectl annotate serviceaccount <KSA> --namespace <NS> iam.gke.io/return-principal-id-as-email=true\n',
    )
    metadata.identity.email = googlePrincipals.metadata
    const mended = await world.doctor([], env)
    expect([mended.code, mended.steps[1]?.found]).toEqual([0, `User:${googlePrincipals.metadata}`])
  })
})

describe('at Keycloak', () => {
  it('a wrong secret is told, and the right one comes to the end', async () => {
    const { realm, kafka } = await keycloakWorld()
    await realm.client('orders-doctor', { secret: 'the-right-secret-of-doctors' })
    const secretFile = join(world.folder, 'keycloak.secret')
    const args = [
      ...[
        '--source',
        'client-credentials',
        '--issuer',
        realm.issuer,
        '--client-id',
        'orders-doctor',
        '--principal-claim',
        'azp',
      ],
      ...['--client-secret-file', secretFile, '--bootstrap-server', kafka, '--security-protocol', 'SASL_PLAINTEXT'],
    ]
    writeFileSync(secretFile, 'a-wrong-one')
    const refused = await world.doctor(args)
    expect([refused.code, refused.steps[2]?.code]).toEqual([12, 'ERR_PROVIDER_CLIENT'])
    writeFileSync(secretFile, 'the-right-secret-of-doctors')
    const report = await world.doctor(args)
    expect(report.code).toBe(0)
    expect(JSON.stringify(report)).not.toContain(readFileSync(secretFile, 'utf8'))
  })
})
