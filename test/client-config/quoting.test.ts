import { execFileSync } from 'node:child_process'
import { runInNewContext } from 'node:vm'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import {
  doubleQuoted,
  shellWord,
  singleQuoted,
  sqlString,
  xmlText,
  yamlScalar,
} from '../../src/client-config/quoting.ts'
import { endpointOf, targetFaults } from '../../src/client-config/target.ts'
import { parseJavaProperties, propertyValue } from '../../src/platform/java-properties.ts'

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })

describe('a value', () => {
  it('comes back from YAML, properties, JSON and JavaScript as it was', () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(load(`key: ${yamlScalar(text)}\n`)).toEqual({ key: text })
        expect(parseJavaProperties(`key=${propertyValue(text)}`).get('key')).toBe(text)
        expect(JSON.parse(doubleQuoted(text))).toBe(text)
        expect(runInNewContext(singleQuoted(text))).toBe(text)
        expect(xmlText(text)).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
        expect(sqlString(text).slice(1, -1).replaceAll("''", '')).not.toContain("'")
      }),
    )
  })

  it.each(['a b', '$(id)', '`id`', "it's", 'a"b', '!x', '\\', 'http://localhost:14293/token?a=b&c=d', '-Dx=y', ''])(
    'is one word of a shell: %s',
    (text) => {
      const told = execFileSync('sh', ['-c', `printf %s ${shellWord(text) || "''"}`], { encoding: 'utf8' })
      expect(told).toBe(text)
    },
  )

  it.each(['true', 'no', 'null', '1', '0x1', '1e3', '-', '~', '2026-11-21', 'a: b', 'a #b', '@x', '*x', '.inf'])(
    'is a text in YAML also where it looks like something else: %s',
    (text) => {
      expect(load(`key: ${yamlScalar(text)}\n`)).toEqual({ key: text })
    },
  )
})

describe('what is refused', () => {
  const fault = (key: string, given: string) =>
    targetFaults({ tokenEndpoint: 'http://localhost:14293/token', [key]: given })[0]

  it.each([
    ['clientId', 'a"b'],
    ['clientId', "a'b"],
    ['clientId', 'a\nsasl.mechanism=PLAIN'],
    ['clientId', '${env:HOME}'],
    ['clientId', '$(id)'],
    ['clientId', 'a`id`'],
    ['scope', '<script>'],
    ['scope', 'é'],
    ['scope', ' '],
    ['endpointCaFile', 'C:\\ca.pem'],
    ['bootstrapServers', 'broker'],
    ['bootstrapServers', 'a:9092, b:9092'],
    ['logicalCluster', 'lkc-1,identityPoolId=pool-2'],
    ['tokenEndpoint', 'localhost:14293'],
    ['tokenEndpoint', 'ftp://localhost/token'],
    ['tokenEndpoint', 'http://localhost/token,http://evil.example'],
    ['tokenEndpoint', 'http://localhost/to ken'],
    ['tokenEndpoint', 'http://user:password@localhost/token'],
    ['tokenEndpoint', 'http://localhost/token#x'],
  ])('is told with its name: %s %j', (key, given) => {
    expect(fault(key, given)).toMatchObject({ key, given })
    expect(fault(key, given)?.problem).toMatch(/^(may|must)/)
  })

  it.each([
    ['clientId', 'orders app; v2 (eu)'],
    ['scope', 'api://x/.default openid'],
    ['endpointCaFile', '/etc/my files/ca.pem'],
    ['bootstrapServers', '[::1]:9092,b.example:9093'],
    ['tokenEndpoint', 'https://h/t?a=b&c=%20'],
  ])('is not what serious values have: %s %j', (key, given) => {
    expect(fault(key, given)).toBeUndefined()
  })

  it('is found out at once, also where it is long', () => {
    const long = 'a.'.repeat(500_000)
    expect(fault('bootstrapServers', `${long}!`)).toBeDefined()
    expect(fault('tokenEndpoint', `http://h/${long}`)).toBeUndefined()
  })
})

describe('the endpoint of a profile', () => {
  it.each([
    ['http://localhost:14293/token', 'orders', 'http://localhost:14293/token/orders'],
    ['http://localhost:14293', 'orders', 'http://localhost:14293/token/orders'],
    ['http://localhost:14293/', 'orders', 'http://localhost:14293/token/orders'],
    ['https://gateway/token/', 'a b', 'https://gateway/token/a%20b'],
    ['https://gateway/token?tenant=x', "o'brien!", 'https://gateway/token/o%27brien%21?tenant=x'],
  ])('%s of %s is %s', (url, profile, endpoint) => {
    expect(endpointOf(url, profile)).toBe(endpoint)
  })
})
