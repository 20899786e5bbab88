import { replaceFile } from '../../outlets/file.ts'
import type { ScramMechanism } from '../../kafka/access.ts'
import type { DelegationToken } from '../../kafka/delegation-token.ts'
import { tokenSettings } from '../../kafka/token-settings.ts'
import type { Terminal } from '../command.ts'
import { note } from './note.ts'
import type { Output } from './output.ts'
import type { Session } from './session.ts'
import { tokenTable } from './token-table.ts'

export interface GivenForm {
  readonly output: Output
  /** A file, with mode 0600, instead of standard output. */
  readonly out: string | undefined
  readonly mechanism: ScramMechanism | undefined
}

/** Prints a token with its HMAC, or writes it to a file and prints it without. Rejects with ERR_OUTLET_FILE. */
export async function giveToken(
  token: DelegationToken,
  { output, out, mechanism = 'SCRAM-SHA-512' }: GivenForm,
  { client, platform, signal }: Session,
  terminal: Terminal,
): Promise<void> {
  const tableOf = (showsHmac: boolean): string => tokenTable([token], { now: platform.now(), showsHmac })
  if (output === 'table') {
    terminal.out(tableOf(true))
    return
  }
  // TLS as at the listener that we are logged in at.
  const { tls } = await client.access(signal)
  const content = tokenSettings({ token, mechanism, tls: tls !== undefined })[output]
  if (out === undefined) {
    terminal.out(content.reveal())
    return
  }
  try {
    await replaceFile({ file: out }, content)
  } catch (thrown) {
    note(
      terminal,
      `${token.tokenId} is there all the same: describe --token-id ${token.tokenId} --show-hmac --out FILE writes it`,
    )
    throw thrown
  }
  terminal.out(tableOf(false))
}
