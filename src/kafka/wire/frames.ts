import { TokenError } from '../../token/error.ts'

/** Some 100,000 delegation tokens. */
export const longAnswerBytes = 16 * 1024 * 1024
/** Some 10,000 brokers. What is read takes up many times as much memory, and before the login anybody may answer. */
export const usualAnswerBytes = 1024 * 1024

/** Correlation id. */
const smallestAnswerBytes = 4

/**
 * Cuts what arrives into answers: a length of four bytes, and as many bytes. Throws ERR_KAFKA_PROTOCOL as soon as a length
 * is none, or beyond `largest` at that moment, so that nothing is kept of it.
 */
export function frames(
  hear: (answer: Buffer) => void,
  largest: () => number = () => longAnswerBytes,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let have = 0
  let need: number | undefined

  /** The next `size` bytes, taken away. */
  function take(size: number): Buffer {
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    chunks = [all.subarray(size)]
    have = all.length - size
    return all.subarray(0, size)
  }

  return (chunk) => {
    chunks.push(chunk)
    have += chunk.length
    for (;;) {
      if (need === undefined) {
        if (have < 4) return
        need = sizeOf(take(4), largest())
      }
      if (have < need) return
      const answer = take(need)
      need = undefined
      hear(answer)
    }
  }
}

function sizeOf(head: Buffer, largest: number): number {
  const size = head.readInt32BE()
  if (size >= smallestAnswerBytes && size <= largest) return size
  throw foreign(head, size)
}

/** What other protocols begin with is a number beyond what a broker would send. */
function foreign(head: Buffer, size: number): TokenError {
  if (head[0] === 0x15 || head[0] === 0x16) {
    return new TokenError('ERR_KAFKA_PROTOCOL', 'answers with TLS', {
      hint: 'This listener has TLS: set security.protocol to SASL_SSL or SSL.',
    })
  }
  if (head.toString('latin1') === 'HTTP') {
    return new TokenError('ERR_KAFKA_PROTOCOL', 'answers with HTTP', {
      hint: 'Correct the port: a web server listens there, and no broker.',
    })
  }
  const isOurs = size > longAnswerBytes && size < 8 * longAnswerBytes
  return new TokenError(
    'ERR_KAFKA_PROTOCOL',
    `announces an answer of ${size} bytes`,
    isOurs ? { hint: 'Ask for less at once: 16 MB are read.' } : {},
  )
}
