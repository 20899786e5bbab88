import { hash, randomBytes } from 'node:crypto'
import type { Secret } from '../../platform/secret.ts'
import type { Credentials } from './basic.ts'
import type { CallersConfig, Proof } from '../caller.ts'
import { parseSecretHash, type matchesHash } from './secret-hash.ts'

/** Who it is; or for the audit stream alone, why nobody. */
export type Verified = { readonly proof: Proof } | { readonly reason: string }

/** The secrets of callers: as hashes, and those that were verified as marks that nobody can turn back. */
export interface KnownSecrets {
  /** At once: who showed the same before and was verified. The header it came in is recognized from then on. */
  recognized(shown: Credentials, header: string | undefined): Proof | undefined
  /** The same, of a whole `Authorization` header that need not be taken apart. */
  recognizedHeader(header: string): Proof | undefined
  /** By hashes, which costs some 30 ms for each: the first of these that is right. Unknown ids cost as much as known ones. */
  verify(shown: readonly Credentials[]): Promise<Verified>
  /** The same text for the same credentials, which tells nothing of them. */
  mark(shown: Credentials): string
  /** What was verified stays so where its caller still has that hash. */
  replace(callers: CallersConfig): void
}

interface KnownHash {
  readonly text: string
  readonly proof: Proof
  /** Of the secret that was found to be right. */
  mark: string | undefined
  /** Of headers that show it. */
  readonly headerMarks: string[]
}

/** Raw and form-encoded; whoever finds more ways to write the same is recognized by id and secret. */
const mostHeaders = 2

type Known = ReadonlyMap<string, readonly KnownHash[]>

export function knownSecrets(callers: CallersConfig, matches: typeof matchesHash): KnownSecrets {
  // It never leaves the process, so marks can neither be guessed nor compared with those of another.
  const key = randomBytes(32).toString('base64')
  let known: Known = knownOf(callers, new Map())
  let standIns = mostHashes(known)
  let byHeader = headersOf(known)

  const marked = (text: string): string => hash('sha256', key + text, 'base64')
  // Neither can hold control characters, so no other id and secret make the same text.
  const mark = ({ id, secret }: Credentials): string => marked(`${id}\0${secret.reveal()}`)

  /** Tries as many hashes for whoever has fewer or none, so that time tells nothing of the caller. */
  async function hashOf(secret: Secret, own: readonly KnownHash[]): Promise<KnownHash | undefined> {
    for (const one of [...own, ...standIns.slice(own.length)]) {
      const parsed = parseSecretHash(one.text)
      const isRight = parsed !== undefined && (await matches(secret, parsed))
      if (isRight && own.includes(one)) return one
    }
    return undefined
  }

  function reasonWhyNobody(shown: readonly Credentials[]): string {
    const one = shown.find(({ id }) => known.has(id)) ?? shown[0]
    const own = known.get(one?.id ?? '')
    if (one && own) return own.length === 0 ? `caller ${one.id} has no secretHashes` : `wrong secret of ${one.id}`
    if (shown.some(({ secret }) => known.has(secret.reveal()))) return 'id and secret are swapped'
    return one?.id ? `no caller ${printableId(one.id)}` : 'no client id'
  }

  return {
    mark,
    recognized(shown, header) {
      const own = known.get(shown.id)
      if (!own?.some((one) => one.mark !== undefined)) return undefined
      const shownMark = mark(shown)
      // How long this comparison takes says something of the mark at most, of which nobody knows anything.
      const found = own.find((one) => one.mark === shownMark)
      if (found && header !== undefined && found.headerMarks.length < mostHeaders) {
        const headerMark = marked(header)
        found.headerMarks.push(headerMark)
        byHeader.set(headerMark, found)
      }
      return found?.proof
    },
    recognizedHeader: (header) => byHeader.get(marked(header))?.proof,
    async verify(shown) {
      for (const one of shown) {
        const found = await hashOf(one.secret, known.get(one.id) ?? [])
        // Meanwhile the caller may have lost that hash.
        if (!found || !known.get(one.id)?.includes(found)) continue
        found.mark = mark(one)
        return { proof: found.proof }
      }
      return { reason: reasonWhyNobody(shown) }
    },
    replace(next) {
      known = knownOf(next, known)
      standIns = mostHashes(known)
      byHeader = headersOf(known)
    },
  }
}

function knownOf(callers: CallersConfig, before: Known): Known {
  return new Map(
    Object.entries(callers).map(([caller, { secretHashes = [] }]) => {
      const kept = before.get(caller)
      const fresh = (text: string): KnownHash => ({
        text,
        proof: { caller, by: 'secret' },
        mark: undefined,
        headerMarks: [],
      })
      return [caller, secretHashes.map((text) => kept?.find((one) => one.text === text) ?? fresh(text))]
    }),
  )
}

function headersOf(known: Known): Map<string, KnownHash> {
  const hashes = [...known.values()].flat()
  return new Map(hashes.flatMap((one) => one.headerMarks.map((headerMark) => [headerMark, one] as const)))
}

function mostHashes(known: Known): readonly KnownHash[] {
  let most: readonly KnownHash[] = []
  for (const hashes of known.values()) if (hashes.length > most.length) most = hashes
  return most
}

/** An id that nobody has may be a secret that went astray; its first digits let an operator compare. */
function printableId(id: string): string {
  // Words, as people write them: a long run of characters, or one that mixes all kinds, is more likely a secret.
  const isOfWords = /^[A-Za-z0-9]{1,15}([._-][A-Za-z0-9]{1,15}){0,4}$/.test(id)
  const isMixed = id.length >= 12 && /[a-z]/.test(id) && /[A-Z]/.test(id) && /\d/.test(id)
  if (isOfWords && !isMixed) return id
  return `sha256:${hash('sha256', id, 'hex').slice(0, 12)}`
}
