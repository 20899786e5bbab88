import { ConfigError } from '../config/fault.ts'
import { errorCode } from '../platform/error-code.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import { isLoopback } from '../platform/loopback.ts'
import { nodePlatform } from '../platform/platform.ts'
import { shortened } from '../platform/shortened.ts'
import { askPeer, peerFlags, peerUrl, type PeerAnswer } from './admin-peer.ts'
import type { Command, Flag } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { readTextFile } from './read-text-file.ts'

const flags = [
  ...peerFlags,
  {
    name: '--secret-file',
    value: 'FILE',
    about: 'The admin secret, where the sidecar asks for one (admin.secretFile).',
  },
  {
    name: '--allow-plaintext-network',
    about: 'Send the admin secret to another host over plain HTTP: everybody on the way can read it.',
  },
  { name: '--json', about: 'Print what came of it as JSON.' },
] as const satisfies readonly Flag[]

const timeoutMs = 10_000

export const shutdown: Command = {
  flags,
  help: () =>
    helpText({
      usage: ['shutdown [--admin-port PORT | --url URL] [--secret-file FILE] [--json]'],
      about: `Ends a sidecar by POST /quitquitquit, as when the work of a Job is done and its pod is to complete. The sidecar has to be
started with --admin-allow-quit; it finishes what is in flight and exits with 0.`,
      examples: [
        ['shutdown', 'ends the sidecar on this host'],
        ['wait && ./job; code=$?; kafka-token-sidecar shutdown; exit $code', 'the command of a container in a Job'],
      ],
      flags,
      exits: [
        [0, 'the sidecar is ending'],
        [2, 'it does not take this, or the secret is another one'],
        [6, 'nobody answers'],
      ],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, {
      switches: ['--json', '--allow-plaintext-network'],
      texts: ['--admin-port', '--url', '--secret-file'],
    })
    const base = peerUrl(
      texts,
      rest,
      terminal,
      flags.map(({ name }) => name),
    )
    const { '--secret-file': secretFile } = texts
    if (secretFile !== undefined && !switches['--allow-plaintext-network'] && isInTheClear(base)) {
      const problem =
        'is plain HTTP to another host, where everybody on the way could read the admin secret (or --allow-plaintext-network)'
      throw new ConfigError([{ option: '--url', given: base, problem }])
    }
    const headers = secretFile === undefined ? {} : { Authorization: `Bearer ${await secretIn(secretFile)}` }
    const answer = await askPeer(nodePlatform(terminal.env), `${base}/quitquitquit`, timeoutMs, {
      method: 'POST',
      headers,
    })
    const { isEnding, says, code } = outcomeOf(answer, base)
    if (switches['--json']) terminal.out(`${JSON.stringify({ ending: isEnding, url: base, says }, undefined, 2)}\n`)
    else if (isEnding) terminal.out('ending\n')
    else terminal.err(`kafka-token-sidecar: ${says}\n`)
    return code
  },
}

function isInTheClear(base: string): boolean {
  const { protocol, hostname } = new URL(base)
  return protocol === 'http:' && !isLoopback(hostname)
}

async function secretIn(file: string): Promise<string> {
  try {
    const secret = (await readTextFile(file)).trim()
    if (secret !== '' && !/[^\x21-\x7e]/.test(secret)) return secret
  } catch (cause) {
    const problem = `cannot be read (${errorCode(cause)})`
    throw new ConfigError([{ option: '--secret-file', given: file, problem }], { unreadable: true })
  }
  throw new ConfigError([{ option: '--secret-file', given: file, problem: 'holds no secret' }], { unreadable: true })
}

interface Outcome {
  readonly isEnding: boolean
  readonly says: string
  readonly code: number
}

function outcomeOf({ status, text }: PeerAnswer, base: string): Outcome {
  if (status === 0) {
    const says = `nobody answers at ${base} (${text}): the sidecar is gone already, or its --admin-port is another one`
    return { isEnding: false, says, code: exitCode.notReady }
  }
  if (status === 200 && text.startsWith('ending')) return { isEnding: true, says: 'ending', code: exitCode.ok }
  const description = parseJsonObject(text)?.['error_description']
  const says =
    typeof description === 'string'
      ? shortenedLine(description)
      : `what answers at ${base} with status ${status} is no admin listener of a sidecar`
  return { isEnding: false, says, code: exitCode.configuration }
}

function shortenedLine(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ')
  return line.length > 500 ? shortened(line) : line
}
