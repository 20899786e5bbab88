import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { optionHelp } from '../../src/cli/option-help.ts'
import {
  aboutOption,
  allOptions,
  bySources,
  optionFor,
  writtenOptions,
  optionsByFlag,
  sourceOptions,
  sources,
} from '../../src/config/option.ts'
import { described, secretValue } from '../../src/sources/option-text.ts'

describe('the options', () => {
  it.each([
    ['--host', 'KTS_HOST', 'listen.host', 'text'],
    ['--port', 'KTS_PORT', 'listen.port', 'number'],
    ['--allowed-hosts', 'KTS_ALLOWED_HOSTS', 'listen.allowedHosts', 'list'],
    ['--allow-anonymous-network', 'KTS_ALLOW_ANONYMOUS_NETWORK', 'listen.allowAnonymousNetwork', 'boolean'],
    ['--log-level', 'KTS_LOG_LEVEL', 'log.level', 'text'],
    ['--source', 'KTS_SOURCE', 'profiles.default.source', 'text'],
    ['--issuer', 'KTS_ISSUER', 'profiles.default.issuer', 'text'],
    ['--subject', 'KTS_SUBJECT', 'profiles.default.subject', 'text'],
    ['--lifetime', 'KTS_LIFETIME', 'profiles.default.lifetime', 'text'],
    ['--key-file', 'KTS_KEY_FILE', 'profiles.default.keyFile', 'text'],
    ['--principal', 'KTS_PRINCIPAL', 'profiles.default.principal', 'text'],
    ['--tls-ca-file', 'KTS_TLS_CA_FILE', 'profiles.default.tls.caFile', 'text'],
    [
      '--assertion-private-key-file',
      'KTS_ASSERTION_PRIVATE_KEY_FILE',
      'profiles.default.assertion.privateKeyFile',
      'text',
    ],
    [
      '--assertion-claim-exp-seconds',
      'KTS_ASSERTION_CLAIM_EXP_SECONDS',
      'profiles.default.assertion.claim.expSeconds',
      'number',
    ],
    ['--assertion-publish-keys', 'KTS_ASSERTION_PUBLISH_KEYS', 'profiles.default.assertion.publishKeys', 'boolean'],
    ['--subject-token-file', 'KTS_SUBJECT_TOKEN_FILE', 'profiles.default.subjectToken.file', 'text'],
    ['--resource', 'KTS_RESOURCE', 'profiles.default.resource', 'list'],
  ])('have the flag %s, the variable %s and the place %s (%s)', (flag, variable, path, value) => {
    const [option] = optionsByFlag(writtenOptions()).get(flag) ?? []
    expect({ ...option, path: option?.path.join('.') }).toMatchObject({ flag, variable, path, value })
  })

  it('mean the same place wherever two share a flag or a variable', () => {
    for (const sharing of [
      ...optionsByFlag(writtenOptions()).values(),
      ...Map.groupBy(writtenOptions(), ({ variable }) => variable).values(),
    ]) {
      expect(new Set(sharing.map(({ path }) => path.join('.')))).toHaveProperty('size', 1)
    }
  })

  it('take a value after the flag for every source, or for none', () => {
    for (const [flag, sharing] of optionsByFlag(writtenOptions())) {
      expect(new Set(sharing.map(({ value }) => value === 'boolean')).size, flag).toBe(1)
    }
  })

  it('are each described, and tell their default once', () => {
    for (const option of allOptions()) {
      expect(option.description, option.flag).toMatch(/\.$/)
      expect(aboutOption(option).match(/Default:/g)?.length ?? 0, option.flag).toBeLessThanOrEqual(1)
    }
  })

  it('leave out of flags and variables what only the file or a program can express', () => {
    const names = writtenOptions().flatMap(({ flag, variable }) => [flag, variable])
    for (const { flag, variable, value } of allOptions().filter(
      ({ value }) => value === 'mapping' || value === 'secret',
    )) {
      expect(names, value).not.toContain(flag)
      expect(names, value).not.toContain(variable)
    }
    expect(
      allOptions()
        .filter(({ value }) => value === 'secret')
        .map(({ flag }) => flag),
    ).toEqual(['--client-secret', '--assertion-private-key-passphrase'])
  })
})

describe('options of several sources', () => {
  const scope = described(z.optional(z.string()), 'Scope.')
  const kinds = [
    { kind: 'a', options: z.object({ scope, only: described(z.boolean(), 'Only a.') }) },
    { kind: 'b', options: z.object({ scope, inner: z.optional(z.object({ deep: described(z.number(), 'Deep.') })) }) },
    {
      kind: 'c',
      options: z.object({
        scope: described(z._default(z.string(), 'x'), 'Scope.'),
        inner: z.object({ deep: described(z.number(), 'Deep.'), secret: z.optional(secretValue('secretFile')) }),
        none: z.union([z.string(), z.array(z.string()), z.literal(false)]),
      }),
    },
  ]
  const made = sourceOptions(kinds)

  it('are one where they are the same in every word', () => {
    expect(made.map(({ flag, sources, default: written }) => [flag, sources?.join(), written])).toEqual([
      ['--scope', 'a,b', undefined],
      ['--only', 'a', undefined],
      ['--inner-deep', 'b,c', undefined],
      ['--scope', 'c', 'x'],
      ['--inner-secret', 'c', undefined],
      ['--none', 'c', undefined],
    ])
  })

  it('are found by source where they share a flag', () => {
    const sharing = made.filter(({ flag }) => flag === '--scope')
    expect(optionFor('b', sharing)?.default).toBeUndefined()
    expect(optionFor('c', sharing)?.default).toBe('x')
    expect(optionFor('other', sharing)).toBe(sharing[0])
  })

  it('are listed once, by the set of sources that have them', () => {
    expect(bySources(made).map(({ sources, options }) => [sources, options.map(({ flag }) => flag)])).toEqual([
      [['a', 'b'], ['--scope']],
      [['a'], ['--only']],
      [['b', 'c'], ['--inner-deep']],
      [['c'], ['--scope', '--inner-secret', '--none']],
    ])
  })

  it('know which take false for none', () => {
    expect(made.filter(({ orFalse }) => orFalse).map(({ flag }) => flag)).toEqual(['--none'])
  })
})

describe('the help', () => {
  it('tells the endpoint, what every profile has, and the sources', () => {
    const help = optionHelp()
    for (const { flag } of writtenOptions().filter((option) => !option.sources)) expect(help).toContain(`  ${flag}`)
    for (const { kind } of sources) expect(help).toContain(`\n  ${kind}`)
    expect(help).toContain('--help --source NAME')
    expect(help.split('\n').length).toBeLessThan(100)
  })

  it.each(sources.map(({ kind }) => kind))('tells all options of the source %s when it is named', (kind) => {
    for (const argv of [
      ['--source', kind],
      ['--help', `--source=${kind}`],
    ]) {
      const help = optionHelp(argv)
      for (const { flag, sources: having = [kind] } of writtenOptions()) {
        if (having.includes(kind)) expect(help).toContain(`\n  ${flag}`)
      }
      for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    }
  })

  it('tells the sources where the one that is named does not exist', () => {
    expect(optionHelp(['--source', 'nope'])).toBe(optionHelp())
    expect(optionHelp(['--source'])).toBe(optionHelp())
  })

  it('names no secret', () => {
    for (const { kind } of sources) expect(optionHelp(['--source', kind])).not.toMatch(/--client-secret(?!-)/)
  })
})
