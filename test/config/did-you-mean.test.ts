import { describe, expect, it } from 'vitest'
import { didYouMean } from '../../src/config/did-you-mean.ts'

const flags = ['--port', '--host', '--source', '--subject', '--issuer', '--lifetime', '--config']

describe('didYouMean', () => {
  it.each([
    ['--prot', '--port'],
    ['--PORT', '--port'],
    ['--por', '--port'],
    ['--ports', '--port'],
    ['-port', '--port'],
    ['--soruce', '--source'],
    ['--life-time', '--lifetime'],
    ['--isuer', '--issuer'],
    ['--confg', '--config'],
  ])('takes %s for %s', (word, meant) => {
    expect(didYouMean(word, flags)).toBe(meant)
  })

  it.each(['--bogus', '', '-', 'x', '--a-very-long-word-that-is-like-nothing', '端口'])('has no idea of %j', (word) => {
    expect(didYouMean(word, flags)).toBeUndefined()
  })

  it('guesses nothing where there is nothing', () => {
    expect(didYouMean('--port', [])).toBeUndefined()
  })
})
