import { describe, expect, it } from 'vitest'
import { expiryDoubt, faultOf } from '../../src/doctor/certificates.ts'
import type { ShownCertificate, ShownTls } from '../../src/platform/tls-inspection.ts'

const now = Date.UTC(2026, 5, 1)
const day = 86_400_000

const certificate = (changes: Partial<ShownCertificate> = {}): ShownCertificate => ({
  subject: 'kafka.example',
  issuer: 'Example CA',
  names: ['kafka.example'],
  validFrom: now - day,
  validTo: now + 90 * day,
  isSelfSigned: false,
  ...changes,
})

const seen = (changes: Partial<ShownTls> = {}): ShownTls => ({
  protocol: 'TLSv1.3',
  chain: [certificate()],
  isForOtherName: false,
  ...changes,
})

const asked = { address: '10.0.0.1:9093', checksName: true, nowMs: now }

describe('a certificate', () => {
  it('that is trusted and for this name is taken', () => {
    expect(faultOf(seen(), asked)).toBeUndefined()
    expect(expiryDoubt(seen(), now)).toBeUndefined()
  })

  it.each([
    ['expired', { chain: [certificate({ validTo: now - 2 * day })] }, 'expired 2 days ago'],
    ['of tomorrow', { chain: [certificate({ validFrom: now + day })] }, 'is not valid before 2026-06-02'],
    [
      'of an unknown authority',
      { distrust: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      'from Example CA, an authority that is not trusted',
    ],
    [
      'self-signed',
      { chain: [certificate({ isSelfSigned: true })], distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      'a self-signed certificate that is not trusted',
    ],
    ['for another name', { isForOtherName: true }, 'a certificate for kafka.example, and not for 10.0.0.1'],
    ['missing', { chain: [] }, 'shows no certificate'],
  ])('that is %s is told', (_what, changes, words) => {
    expect(faultOf(seen(changes), asked)?.found).toContain(words)
  })

  it('for another name is taken where names are not checked', () => {
    expect(faultOf(seen({ isForOtherName: true }), { ...asked, checksName: false })).toBeUndefined()
  })

  it('that has expired further up is no matter where another path is trusted', () => {
    const old = certificate({ subject: 'Old Root', validTo: now - day, isSelfSigned: true })
    expect(faultOf(seen({ chain: [certificate(), old] }), asked)).toBeUndefined()
    expect(expiryDoubt(seen({ chain: [certificate(), old] }), now)).toBeUndefined()
    const distrusted = seen({ chain: [certificate(), old], distrust: 'CERT_HAS_EXPIRED' })
    expect(faultOf(distrusted, asked)?.found).toContain('Old Root')
  })

  it('that expires within two weeks is told of', () => {
    expect(expiryDoubt(seen({ chain: [certificate({ validTo: now + 3 * day })] }), now)?.found).toContain('in 3 days')
  })

  it('with a name that is more than a name is not pasted', () => {
    const names = ['$(reboot)', '*.example', 'kafka.example']
    const fault = faultOf(seen({ chain: [certificate({ names })], isForOtherName: true }), asked)
    expect(fault?.remedies?.[0]?.paste).toBe('bootstrap.servers=kafka.example:9093')
  })
})
