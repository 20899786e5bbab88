import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/fault.ts'
import { ownFlags } from '../../src/cli/own-flags.ts'

const known = { switches: ['--decode'], texts: ['--profile'] } as const

describe('the flags of a command itself', () => {
  it.each([
    ['--decode --port 1', { switches: { '--decode': true }, texts: {}, rest: ['--port', '1'] }],
    ['--port 1', { switches: { '--decode': false }, texts: {}, rest: ['--port', '1'] }],
    ['--profile orders', { switches: { '--decode': false }, texts: { '--profile': 'orders' }, rest: [] }],
    ['--profile=orders --x', { switches: { '--decode': false }, texts: { '--profile': 'orders' }, rest: ['--x'] }],
    ['--profiles x', { switches: { '--decode': false }, texts: {}, rest: ['--profiles', 'x'] }],
  ])('are taken out of %s', (line, expected) => {
    expect(ownFlags(line.split(' '), known)).toEqual(expected)
  })

  it.each(['--profile', '--profile=', '--profile --decode'])('need a value: %s', (line) => {
    expect(() => ownFlags(line.split(' '), known)).toThrow(ConfigError)
  })
})
