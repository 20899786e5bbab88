import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallersConfig, CertificateRule, PeerCertificate } from '../../../src/callers/caller.ts'
import { certificateCheck, peerCertificateOf } from '../../../src/callers/certificate/certificate.ts'
import { TokenError } from '../../../src/token/error.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { attributes, clientAuthority, type ClientCertificate, type Names } from './client-certificates.ts'

const { commonName, country, organization, unit, userId, domainComponent, email, unknown } = attributes
const hour = 3_600_000

describe('certificateCheck', () => {
  const trusted: PeerCertificate = { subjectDn: 'CN=batch,O=Example', sanDns: [], sanUris: [] }
  const callersBy = (rules: Readonly<Record<string, CertificateRule>>): CallersConfig =>
    Object.fromEntries(Object.entries(rules).map(([name, certificate]) => [name, { profiles: ['x'], certificate }]))

  function outcome(callers: CallersConfig, certificate: PeerCertificate | undefined) {
    try {
      return certificateCheck(callers)({ headers: {}, peerCertificate: () => certificate })
    } catch (error) {
      expect(error).toBeInstanceOf(TokenError)
      expect((error as TokenError).code).toBe('ERR_CALLER_CERTIFICATE')
      return (error as TokenError).message
    }
  }

  it.each<[string, CertificateRule, Partial<PeerCertificate>]>([
    ['its subject', { subjectDn: 'CN=batch,O=Example' }, {}],
    ['its subject in another spelling', { subjectDn: 'cn = batch , 2.5.4.10=Ex\\61mple' }, {}],
    ['a DNS name', { sanDns: 'batch.example' }, { sanDns: ['other.example', 'batch.example'] }],
    ['a DNS name in other letters', { sanDns: 'Batch.Example' }, { sanDns: ['bATCH.eXAMPLE'] }],
    ['a URI', { sanUri: 'spiffe://example/ns/x/sa/batch' }, { sanUris: ['spiffe://example/ns/x/sa/batch'] }],
  ])('knows a caller by %s', (_what, rule, certificate) => {
    const callers = callersBy({ other: { sanDns: 'nobody.example' }, batch: rule })
    expect(outcome(callers, { ...trusted, ...certificate })).toEqual({ caller: 'batch', by: 'certificate' })
  })

  it.each<[string, CertificateRule, Partial<PeerCertificate>]>([
    ['a part of the subject', { subjectDn: 'CN=batch' }, {}],
    ['the subject in another order', { subjectDn: 'O=Example,CN=batch' }, {}],
    ['a value in other letters', { subjectDn: 'CN=Batch,O=Example' }, {}],
    ['a subject that is no name', { subjectDn: 'batch' }, { subjectDn: 'batch' }],
    ['a name below a wildcard', { sanDns: 'batch.example' }, { sanDns: ['*.example'] }],
    ['a URI in other letters', { sanUri: 'spiffe://example/batch' }, { sanUris: ['spiffe://example/Batch'] }],
    ['a DNS name as a URI', { sanDns: 'batch.example' }, { sanUris: ['batch.example'] }],
    ['a URI as a DNS name', { sanUri: 'spiffe://a/b' }, { sanDns: ['spiffe://a/b'] }],
    ['a common name for a DNS name', { sanDns: 'batch' }, {}],
  ])('does not take %s', (_what, rule, certificate) => {
    expect(outcome(callersBy({ batch: rule }), { ...trusted, ...certificate })).toMatch(/names no caller/)
  })

  it('says whose a certificate is that names no caller', () => {
    const certificate = { ...trusted, sanDns: ['a.example'], sanUris: ['spiffe://example/a'] }
    expect(outcome({}, certificate)).toBe(
      'the client certificate names no caller: it is that of subjectDn CN=batch,O=Example; sanDns a.example; sanUri spiffe://example/a',
    )
    expect(outcome({}, { subjectDn: '', sanDns: [], sanUris: [] })).toMatch(/it is that of nobody$/)
    expect(outcome({}, { ...trusted, subjectDn: `CN=${'x'.repeat(9_000)}` })).toMatch(/^.{300,400}$/)
  })

  it('says why a certificate is not trusted, even if it names a caller', () => {
    const callers = callersBy({ batch: { subjectDn: trusted.subjectDn } })
    expect(outcome(callers, { ...trusted, problem: 'it has expired' })).toBe(
      'the client certificate is not accepted: it has expired',
    )
  })

  it('takes a certificate of two callers for that of none', () => {
    const callers = callersBy({ a: { sanDns: 'a.example' }, b: { sanDns: 'b.example' }, c: { sanDns: 'a.example' } })
    expect(outcome(callers, { ...trusted, sanDns: ['a.example'] })).toMatch(/names more than one caller/)
    expect(outcome(callers, { ...trusted, sanDns: ['b.example', 'b.example'] })).toEqual({
      caller: 'b',
      by: 'certificate',
    })
  })

  it('has no say where there is no certificate', () => {
    expect(outcome({}, undefined)).toBeUndefined()
    expect(certificateCheck({})({ headers: {} })).toBeUndefined()
  })
})

describe('peerCertificateOf', () => {
  const authority = clientAuthority()
  const stranger = clientAuthority('Stranger')
  const namesake = clientAuthority()
  let server: Server
  let seen: TLSSocket | undefined

  beforeAll(async () => {
    const own = certificateAuthority().issue('localhost')
    const options = { ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false }
    server = createServer(options, (socket) => {
      seen = socket
      socket.on('error', () => undefined)
      socket.end('hello')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.close()
  })

  /** What the server sees of a client; and the session, with which the client may come again. */
  async function visit(certificate?: ClientCertificate, session?: Buffer): Promise<{ session: Buffer | undefined }> {
    const { port } = server.address() as AddressInfo
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    // Whom the client trusts is not the matter here.
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...certificate, session })
    let last: Buffer | undefined
    socket.on('session', (given) => (last = given))
    socket.on('error', reject).on('close', () => {
      resolve(undefined)
    })
    socket.resume()
    await promise
    return { session: last }
  }

  async function seenOf(certificate?: ClientCertificate): Promise<PeerCertificate | undefined> {
    await visit(certificate)
    return seen && peerCertificateOf(seen)
  }

  it('reads the names of a trusted certificate, the most special part first', async () => {
    const names: Names = {
      subject: [[[country, 'DE']], [[organization, 'Example']], [[unit, 'Orders']], [[commonName, 'batch']]],
      dns: ['batch.example', '*.example'],
      uris: ['spiffe://example/ns/orders/sa/batch'],
      emails: ['batch@example.com'],
    }
    expect(await seenOf(authority.issue(names))).toEqual({
      subjectDn: 'CN=batch,OU=Orders,O=Example,C=DE',
      sanDns: ['batch.example', '*.example'],
      sanUris: ['spiffe://example/ns/orders/sa/batch'],
      problem: undefined,
    })
  })

  it('sees nothing where the client sends no certificate', async () => {
    expect(await seenOf()).toBeUndefined()
  })

  it('reads a certificate once for a connection', async () => {
    const first = await seenOf(authority.issue({ dns: ['a.example'] }))
    expect(seen && peerCertificateOf(seen)).toBe(first)
  })

  it('sees the certificate of a client that resumes its session', async () => {
    const { session } = await visit(authority.issue({ dns: ['a.example'] }))
    await visit(undefined, session)
    expect(seen?.isSessionReused()).toBe(true)
    expect(seen && peerCertificateOf(seen)).toMatchObject({ sanDns: ['a.example'], problem: undefined })
    const untrusted = await visit(stranger.issue({ dns: ['a.example'] }))
    await visit(undefined, untrusted.session)
    expect(seen && peerCertificateOf(seen)?.problem).toMatch(/its CA is not trusted here/)
  })

  it.each<[string, () => ClientCertificate, RegExp]>([
    ['of another CA', () => stranger.issue({ dns: ['a.example'] }), /^its CA is not trusted here/],
    ['of another CA of the same name', () => namesake.issue({ dns: ['a.example'] }), /^its signature is wrong/],
    ['that has expired', () => authority.issue({}, { to: Date.now() - hour }), /^it has expired$/],
    ['that is not valid yet', () => authority.issue({}, { from: Date.now() + hour }), /^it is not valid yet$/],
  ])('says what is wrong with a certificate %s', async (_what, make, problem) => {
    expect((await seenOf(make()))?.problem).toMatch(problem)
  })

  it.each<[string, Names, Partial<PeerCertificate>]>([
    ['a DNS name', { dns: ['a.example, DNS:victim.example'] }, { sanDns: ['a.example, DNS:victim.example'] }],
    ['a DNS name with quotes', { dns: ['a", DNS:"victim.example'] }, { sanDns: ['a", DNS:"victim.example'] }],
    ['a DNS name with a zero byte', { dns: ['victim.example\0.a'] }, { sanDns: ['victim.example\0.a'] }],
    ['a URI', { uris: ['http://a/, DNS:victim.example'] }, { sanUris: ['http://a/, DNS:victim.example'], sanDns: [] }],
    ['an e-mail address', { emails: ['a, DNS:victim.example'] }, { sanDns: [] }],
    ['a line of the subject', { subject: [[[commonName, 'a\nO=Example']]] }, { subjectDn: 'CN=a\\0AO=Example' }],
    ['a part of the subject', { subject: [[[commonName, 'a,O=Example']]] }, { subjectDn: 'CN=a\\,O=Example' }],
    ['an attribute', { subject: [[[commonName, 'a + O=Example']]] }, { subjectDn: 'CN=a \\+ O=Example' }],
  ])('does not take another name out of %s', async (_what, names, expected) => {
    expect(await seenOf(authority.issue(names))).toMatchObject({ ...expected, problem: undefined })
  })

  it.each<[string, NonNullable<Names['subject']>, string]>([
    ['no subject', [], ''],
    [
      'a set of attributes',
      [
        [
          [commonName, 'a'],
          [userId, 'b'],
        ],
      ],
      'CN=a+UID=b',
    ],
    ['letters of other scripts', [[[commonName, 'Größe 注']]], 'cn=Größe 注'],
    ['special characters', [[[commonName, ' #a;<b>\\"c" ']]], 'CN=\\ #a\\;\\<b\\>\\\\\\"c\\"\\ '],
    ['domain components', [[[domainComponent, 'org']], [[domainComponent, 'a']]], 'DC=a,DC=org'],
    ['an e-mail address', [[[email, 'a@example.com']]], 'E=a@example.com'],
    ['an attribute that nobody knows', [[[unknown, 'x']]], '1.3.6.1.4.1.311.13.99=x'],
  ])('reads a subject with %s so that it can be configured', async (_what, subject, subjectDn) => {
    const certificate = await seenOf(authority.issue({ subject }))
    const callers: CallersConfig = { batch: { profiles: ['x'], certificate: { subjectDn } } }
    const check = () => certificateCheck(callers)({ headers: {}, peerCertificate: () => certificate })
    if (subjectDn === '') expect(check).toThrow('it is that of nobody')
    else expect(check()).toEqual({ caller: 'batch', by: 'certificate' })
  })
})
