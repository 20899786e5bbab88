import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { expectComplete } from './expectations.ts'
import { startCluster } from './kafka-cluster.ts'
import { delegationToken, keepFromLogs, passwordLogin, startTokenFileClient } from './kafka-cluster-clients.ts'

describe('delegation-token at a Kafka 3.9', () => {
  it('makes, renews, tries and removes a token that a Java client 3.9 uses', async () => {
    const e2e = inject('e2e')
    const folder = join(e2e.folder, 'delegation-token-3.9')
    mkdirSync(folder)
    const { issuer, audience } = e2e.issuer
    const oauth = { jwksUrl: `${e2e.sidecar}/jwks`, issuer, audience }
    await using cluster = await startCluster({
      classpath: e2e.tools.broker39,
      folder: join(folder, 'cluster'),
      secretKey: 'the-same-everywhere',
      listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['OAUTHBEARER', 'SCRAM-SHA-512'], oauth } },
      users: { keeper: 'keepers-password' },
      acls: [
        { user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:beam' },
        { user: 'alice', may: 'CREATE_TOKENS', on: 'USER', named: 'User:beam' },
        { user: 'beam', may: 'ALL', on: 'TOPIC', named: 'of-beam-', isPrefix: true },
      ],
    })
    const bootstrap = cluster.bootstrap['SASL'] ?? ''
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content, { mode: 0o600 })
      return join(folder, name)
    }
    const profiles = { alice: { source: 'self-issued', ...e2e.issuer, subject: 'alice' } }
    const logins = {
      password: ['--command-config', file('keeper.properties', passwordLogin('keeper', 'keepers-password'))],
      profile: [
        ...['--config', file('sidecar.yaml', JSON.stringify({ profiles })), '--profile', 'alice'],
        ...['--security-protocol', 'SASL_PLAINTEXT'],
      ],
    }
    for (const [name, login] of Object.entries(logins)) {
      const command = async (action: string, ...options: readonly string[]) => {
        const ran = await delegationToken(e2e, [action, '--bootstrap-server', bootstrap, ...login, ...options])
        expect(ran, `${action} by ${name}: ${ran.stderr}`).toMatchObject({ code: 0 })
        return ran.stdout
      }
      const out = join(folder, `${name}.token.properties`)
      await command('create', '--owner-principal', 'User:beam', '--max-life-time-period', '1h', '--out', out)
      const [, tokenId = '', hmac = ''] = /username="(\S+)" password="(\S+)"/.exec(readFileSync(out, 'utf8')) ?? []
      keepFromLogs(e2e, [hmac])
      await using client = startTokenFileClient(e2e, {
        ...{ file: out, bootstrap, topic: `of-beam-${name}`, mode: 'hold', version: '3.9', records: 30 },
      })
      expectComplete(await client.exchange())

      const token = ['--token-id', tokenId]
      expect(await command('check', ...token)).toMatch(/takes/)
      expect(await command('renew', ...token)).toMatch(/^Completed renew operation/)
      expect(JSON.parse(await command('describe', ...token, '--output', 'json'))).toMatchObject({
        tokens: [{ tokenId, owner: 'User:beam', requester: name === 'profile' ? 'User:alice' : 'User:keeper' }],
      })
      await command('expire', ...token)
      expect(JSON.parse(await command('describe', '--output', 'json'))).toEqual({ tokens: [] })
    }
    await cluster.stop()
  })
})
