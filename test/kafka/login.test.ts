import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SaslMechanism } from '../../src/kafka/login/mechanism.ts'
import { oauthbearer } from '../../src/kafka/login/oauthbearer.ts'
import { plain } from '../../src/kafka/login/plain.ts'
import { scram } from '../../src/kafka/login/scram.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'

/** Talks to a server that has its sentences ready, and tells what it was sent. */
async function conversation(
  mechanism: SaslMechanism,
  ...answers: readonly (string | Error | ((sent: string) => string))[]
) {
  const sent: string[] = []
  const script = [...answers]
  const outcome = await mechanism
    .converse((message) => {
      sent.push(String(message))
      const answer = script.shift() ?? ''
      if (answer instanceof Error) return Promise.reject(answer)
      return Promise.resolve(Buffer.from(typeof answer === 'string' ? answer : answer(String(message))))
    }, 'kafka:9093')
    .catch((thrown: unknown) => thrown)
  return { sent, outcome }
}

const password = new Secret('pencil')

describe('SCRAM', () => {
  const user = { username: 'user', password, nonce: 'rOprNGfwEbeRWgbNEkqO' } as const
  // RFC 7677 §3, verbatim.
  const rfc7677 = [
    'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  ] as const

  it('speaks as RFC 7677 has it for SHA-256', async () => {
    const [clientFirst, serverFirst, clientFinal, serverFinal] = rfc7677
    const { sent, outcome } = await conversation(
      scram({ mechanism: 'SCRAM-SHA-256', ...user }),
      serverFirst,
      serverFinal,
    )
    expect(sent).toEqual([clientFirst, clientFinal])
    expect(outcome).toBeUndefined()
  })

  /** A server of its own, by RFC 5802 §3. */
  function server(hash: 'sha256' | 'sha512', secret: string, iterations = 4096) {
    const salt = Buffer.from('salt of the test')
    const salted = pbkdf2Sync(secret, salt, iterations, hash === 'sha256' ? 32 : 64, hash)
    const mac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest()
    let first = ''
    let challenge = ''
    return [
      (message: string) => {
        first = message.slice('n,,'.length)
        challenge = `r=${/r=([^,]+)/.exec(first)?.[1] ?? ''}SERVER,s=${salt.toString('base64')},i=${iterations}`
        return challenge
      },
      (message: string) => {
        const [, bare = '', proof = ''] = /^(c=biws,r=[^,]+),p=(.+)$/.exec(message) ?? []
        const messages = `${first},${challenge},${bare}`
        const stored = createHash(hash).update(mac(salted, 'Client Key')).digest()
        const signature = mac(stored, messages)
        const key = Buffer.from(proof, 'base64').map((byte, index) => byte ^ (signature[index] ?? 0))
        if (!createHash(hash).update(key).digest().equals(stored)) return 'e=invalid-proof'
        return `v=${mac(mac(salted, 'Server Key'), messages).toString('base64')}`
      },
    ] as const
  }

  it.each(['sha256', 'sha512'] as const)('proves the password by %s, and lets the server prove it', async (hash) => {
    const mechanism = `SCRAM-SHA-${hash === 'sha256' ? 256 : 512}` as const
    const secret = new Secret('pässwörd, = and more')
    const { outcome } = await conversation(
      scram({ mechanism, username: 'user', password: secret }),
      ...server(hash, secret.reveal(), 8192),
    )
    expect(outcome).toBeUndefined()
  })

  it('draws a nonce of its own for each login', async () => {
    const options = { mechanism: 'SCRAM-SHA-512', username: 'user', password } as const
    const first = await conversation(scram(options), '')
    const second = await conversation(scram(options), '')
    expect(first.sent[0]).toMatch(/^n,,n=user,r=[A-Za-z0-9+/]{32}$/)
    expect(first.sent[0]).not.toBe(second.sent[0])
  })

  it('escapes what would end the name', async () => {
    const { sent } = await conversation(scram({ ...user, mechanism: 'SCRAM-SHA-256', username: 'a=b,c=2C' }), '')
    expect(sent).toEqual(['n,,n=a=3Db=2Cc=3D2C,r=rOprNGfwEbeRWgbNEkqO'])
  })

  it('says that user and password are those of a delegation token', async () => {
    const [answer, proven] = server('sha512', 'pencil')
    const { sent, outcome } = await conversation(
      scram({ ...user, mechanism: 'SCRAM-SHA-512', tokenAuth: true }),
      answer,
      proven,
    )
    expect(sent[0]).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO,tokenauth=true')
    expect(outcome).toBeUndefined()
  })

  it.each([
    ['that repeats only our nonce', 'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'nonce'],
    ['with a nonce of its own alone', 'r=server,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'nonce'],
    ['without a salt', 'r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096', 'does not speak SCRAM'],
    ['with few iterations', 'r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=1', 'wants 1 iterations'],
    [
      'with iterations that last for ever',
      'r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=2147483647',
      'wants 2147483647 iterations',
    ],
    ['that demands an extension', 'm=x,r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096', 'does not speak SCRAM'],
    ['that says nothing', '', 'does not speak SCRAM'],
  ])('sends no proof to a server %s', async (_, challenge, problem) => {
    const { sent, outcome } = await conversation(scram({ ...user, mechanism: 'SCRAM-SHA-256' }), challenge)
    expect(sent).toHaveLength(1)
    expect(outcome).toMatchObject({
      code: 'ERR_KAFKA_LOGIN',
      message: expect.stringContaining(`kafka:9093 `) as string,
    })
    expect((outcome as Error).message).toContain(problem)
  })

  it.each([
    ['a wrong signature', 'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='],
    ['a signature that is cut off', 'v=6rriTRBi23WpRR/wtup+'],
    ['no signature', ''],
    ['something else', 'x=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='],
  ])('does not believe a server with %s', async (_, final) => {
    const { outcome } = await conversation(scram({ mechanism: 'SCRAM-SHA-256', ...user }), rfc7677[1], final)
    expect(outcome).toMatchObject({
      code: 'ERR_KAFKA_LOGIN',
      message: 'kafka:9093 does not prove that it knows the password',
    })
  })

  it('tells what the server says against it', async () => {
    const { outcome } = await conversation(
      scram({ mechanism: 'SCRAM-SHA-256', ...user }),
      rfc7677[1],
      'e=invalid-proof',
    )
    expect(outcome).toMatchObject({ code: 'ERR_KAFKA_LOGIN', message: 'kafka:9093 refuses the login: invalid-proof' })
  })
})

describe('PLAIN', () => {
  it('sends user and password as RFC 4616 has it', async () => {
    const { sent, outcome } = await conversation(plain({ username: 'tim', password: new Secret('tanstaaftanstaaf') }))
    expect(sent).toEqual(['\0tim\0tanstaaftanstaaf'])
    expect(outcome).toBeUndefined()
  })

  it('sends nothing where a NUL would end the user early', async () => {
    const { sent, outcome } = await conversation(plain({ username: 'admin\0x', password }))
    expect(sent).toEqual([])
    expect(outcome).toMatchObject({ code: 'ERR_KAFKA_LOGIN' })
  })
})

describe('OAUTHBEARER', () => {
  const token = { value: new Secret('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'), expiresAt: 5_000 }

  it('sends the token as RFC 7628 has it', async () => {
    const { sent, outcome } = await conversation(oauthbearer(token))
    expect(sent).toEqual([`n,,\x01auth=Bearer ${token.value.reveal()}\x01\x01`])
    expect(outcome).toBeUndefined()
  })

  it('sends extensions (KIP-342)', async () => {
    const extensions = new Map([
      ['logicalCluster', 'lkc-1'],
      ['identityPoolId', 'pool 2'],
    ])
    const { sent } = await conversation(oauthbearer(token, extensions))
    expect(sent).toEqual([
      `n,,\x01auth=Bearer ${token.value.reveal()}\x01logicalCluster=lkc-1\x01identityPoolId=pool 2\x01\x01`,
    ])
  })

  it.each([
    ['auth', 'x'],
    ['with-dash', 'x'],
    ['', 'x'],
    ['a', 'b\x01auth=Bearer x'],
    ['a', ''],
  ])('does not send the extension %j=%j', async (name, value) => {
    const { sent, outcome } = await conversation(oauthbearer(token, new Map([[name, value]])))
    expect(sent).toEqual([])
    expect(outcome).toMatchObject({ code: 'ERR_KAFKA_LOGIN' })
  })

  it('tells the status that the server refuses with', async () => {
    const no = new TokenError('ERR_KAFKA_LOGIN', 'kafka:9093 refuses the login (58, SASL_AUTHENTICATION_FAILED)')
    const { sent, outcome } = await conversation(oauthbearer(token), '{"status":"invalid_token"}', no)
    expect(sent[1]).toBe('\x01')
    expect(outcome).toMatchObject({
      code: 'ERR_KAFKA_LOGIN',
      message: 'kafka:9093 refuses the token: invalid_token',
      hint: expect.stringContaining('audience') as string,
    })
  })

  it.each([
    ['{"status":"insufficient_scope","scope":"kafka"}', 'insufficient_scope (it wants the scope kafka)'],
    ['{"status":7}', '{"status":7}'],
    ['no JSON', 'no JSON'],
  ])('tells a refusal of %s', async (challenge, reason) => {
    const { outcome } = await conversation(oauthbearer(token), challenge)
    expect(outcome).toMatchObject({ code: 'ERR_KAFKA_LOGIN', message: `kafka:9093 refuses the token: ${reason}` })
  })

  it('never repeats the token that a server quotes', async () => {
    const { outcome } = await conversation(oauthbearer(token), `{"status":"bad ${token.value.reveal()}"}`)
    expect((outcome as Error).message).not.toContain(token.value.reveal())
  })

  it('leaves with the reason of whoever gave up waiting', async () => {
    const gone = new Error('the caller has gone')
    const { outcome } = await conversation(oauthbearer(token), '{"status":"invalid_token"}', gone)
    expect(outcome).toBe(gone)
  })
})
