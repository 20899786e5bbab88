import { readFile } from 'node:fs/promises'
import { ConfigError } from '../config/fault.ts'
import { withoutSecrets } from '../explain/quoted.ts'
import { type RefusingBroker, type TokenCause, tokenCauses } from '../explain/token-causes.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import type { JwtShape } from '../token/jwt-shape.ts'
import type { Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { fixesInWords } from './explain-words.ts'
import { wrapped } from './help-text.ts'
import { paint, type Paint } from './paint.ts'

/** Why a broker may have refused this token. */
export async function tokenReport(options: {
  readonly token: JwtShape
  readonly terminal: Terminal
  readonly texts: Readonly<Partial<Record<'--expected-issuer' | '--expected-audience' | '--jwks', string>>>
  readonly isJson: boolean
  readonly nowMs: number
}): Promise<number> {
  const { token, terminal, texts, isJson, nowMs } = options
  const audience = texts['--expected-audience']
  const jwks = texts['--jwks']
  const broker: RefusingBroker = {
    expectedIssuer: texts['--expected-issuer'],
    expectedAudiences: audience === undefined ? undefined : audience === 'none' ? [] : audience.split(','),
    keyIds: jwks === undefined ? undefined : await keyIdsOf(jwks),
  }
  const causes = tokenCauses(token, broker, nowMs)
  if (isJson) terminal.out(`${JSON.stringify({ token, causes }, undefined, 2)}\n`)
  else terminal.out(causesInWords(token, causes, paint(terminal)))
  return exitCode.ok
}

async function keyIdsOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError([{ option: '--jwks', problem: error instanceof Error ? error.message : String(error) }], {
      unreadable: true,
    })
  })
  const keys = parseJsonObject(text)?.['keys']
  if (!Array.isArray(keys)) throw new ConfigError([{ option: '--jwks', problem: `${file} is no JWK Set` }])
  return keys.flatMap((key: unknown) =>
    typeof key === 'object' && key !== null && 'kid' in key && typeof key.kid === 'string' ? [key.kid] : [],
  )
}

const signs = { certain: 'Surely', likely: 'Probably', possible: 'Possibly' } as const

function causesInWords(token: JwtShape, causes: readonly TokenCause[], painted: Paint): string {
  const shown = (part: object): string => withoutSecrets(JSON.stringify(part))
  const lines = causes.flatMap(({ likelihood, because, fixes, brokerSays }) => [
    painted.bold(
      (likelihood === 'possible' ? painted.warn : painted.bad)(wrapped(`${signs[likelihood]}: ${because}.`, '', 100)),
    ),
    painted.dim(wrapped(`the log of the broker then says: ${brokerSays}`, '   ', 100)),
    '',
    // What may be is listed; what is, gets its remedies too.
    ...(likelihood === 'possible' ? [] : fixesInWords(fixes, painted)),
  ])
  return [
    'This is a token, so here is why a broker may refuse it:',
    '',
    painted.dim(wrapped(`header ${shown(token.header)}`, '   ', 100)),
    painted.dim(wrapped(`claims ${shown(token.claims)}`, '   ', 100)),
    '',
    ...lines,
    '',
  ].join('\n')
}
