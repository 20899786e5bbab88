import { describe, expect, it } from 'vitest'
import { revealingOptions } from '../../src/cli/debugging.ts'

describe('revealingOptions', () => {
  it.each([
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--inspect_brk',
    '--inspect-wait',
    '--inspect-port=9230',
    '--debug-port=9230',
    '--heapsnapshot-signal=SIGUSR2',
    '--heapsnapshot_signal=SIGUSR2',
    '--heapsnapshot-near-heap-limit=3',
    '--heap-prof',
    '--report-on-signal',
    '--report-uncaught-exception',
    '--abort-on-uncaught-exception',
    '--tls-keylog=/tmp/keys',
  ])('finds %s, as argument and in NODE_OPTIONS', (option) => {
    const name = option.replace(/=.*/, '').replaceAll('_', '-')
    expect(revealingOptions([option], {})).toEqual([name])
    expect(revealingOptions([], { NODE_OPTIONS: `--enable-source-maps  ${option}` })).toEqual([name])
    expect(revealingOptions([], { NODE_OPTIONS: `"${option}"` })).toEqual([name])
  })

  it.each(['NODE_DEBUG', 'GOOGLE_SDK_NODE_LOGGING'])('finds the variable %s', (variable) => {
    expect(revealingOptions([], { [variable]: 'http' })).toEqual([variable])
    expect(revealingOptions([], { [variable]: '' })).toEqual([])
  })

  it('lets what reveals nothing pass', () => {
    const harmless = ['--disable-sigusr1', '--max-old-space-size=64', '--enable-source-maps', '--use-openssl-ca']
    expect(revealingOptions(harmless, { NODE_OPTIONS: harmless.join(' '), NODE_EXTRA_CA_CERTS: '/ca.pem' })).toEqual([])
  })
})
