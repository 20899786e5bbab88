import { describe, expect, it } from 'vitest'
import { optionHelp } from '../../src/cli/option-help.ts'
import { aboutOption, options, optionsByFlag } from '../../src/config/option.ts'

describe('the options', () => {
  it.each([
    ['--host', 'KTS_HOST', 'listen.host', 'text'],
    ['--port', 'KTS_PORT', 'listen.port', 'number'],
    ['--allowed-hosts', 'KTS_ALLOWED_HOSTS', 'listen.allowedHosts', 'list'],
    ['--allow-anonymous-network', 'KTS_ALLOW_ANONYMOUS_NETWORK', 'listen.allowAnonymousNetwork', 'boolean'],
    ['--log-level', 'KTS_LOG_LEVEL', 'log.level', 'text'],
    ['--source', 'KTS_SOURCE', 'profiles.default.source', 'text'],
    ['--issuer', 'KTS_ISSUER', 'profiles.default.issuer', 'text'],
    ['--audience', 'KTS_AUDIENCE', 'profiles.default.audience', 'text'],
    ['--subject', 'KTS_SUBJECT', 'profiles.default.subject', 'text'],
    ['--lifetime', 'KTS_LIFETIME', 'profiles.default.lifetime', 'text'],
    ['--key-file', 'KTS_KEY_FILE', 'profiles.default.keyFile', 'text'],
    ['--principal', 'KTS_PRINCIPAL', 'profiles.default.principal', 'text'],
  ])('have the flag %s, the variable %s and the place %s (%s)', (flag, variable, path, value) => {
    const option = optionsByFlag().get(flag)
    expect({ ...option, path: option?.path.join('.') }).toMatchObject({ flag, variable, path, value })
  })

  it('mean the same place wherever two share a flag', () => {
    for (const option of options) expect(optionsByFlag().get(option.flag)?.path).toEqual(option.path)
  })

  it('are each described, and tell their default once', () => {
    for (const option of options) {
      expect(option.description, option.flag).toMatch(/\.$/)
      expect(aboutOption(option).match(/Default:/g)?.length ?? 0, option.flag).toBeLessThanOrEqual(1)
    }
  })

  it('leave out what only the file can express', () => {
    expect(optionsByFlag().has('--claims')).toBe(false)
  })

  it('are all in the help, in lines that fit a terminal', () => {
    const help = optionHelp()
    for (const { flag } of options) expect(help).toContain(`  ${flag}`)
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})
