import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { errorCode } from './error-code.ts'
import type { Platform, Timer } from './platform.ts'

/** One file as it was read. */
export interface FileContent {
  readonly path: string
  readonly text: string
  /** Permission bits, as in 0o600. */
  readonly mode: number
}

export interface WatchOptions<Name extends string, Value> {
  readonly platform: Pick<Platform, 'setTimer' | 'monotonicNow'>
  /** Files that mean something together, such as a key and its passphrase; those without a path are left out. */
  readonly files: Readonly<Record<Name, string | undefined>>
  /** Throws what `read` rejects with when the files hold nothing usable. */
  readonly parse: (contents: Readonly<Partial<Record<Name, FileContent>>>) => Value
  /** Words for a file that cannot be read; `problem` is ENOENT, EACCES or the like, or a reason in words. */
  readonly unreadable: (path: string, problem: string) => Error
  /** A file that may be missing is then left out. Default: none may. */
  readonly mayBeMissing?: (name: Name) => boolean
  /** The files hold something new and usable, or are as they were before `onBroken`. */
  readonly onReloaded?: () => void
  /** The files hold something new that is not usable, and have done so for two looks; the former value is kept. */
  readonly onBroken?: (reason: Error) => void
  /** More is not read; default 1 MB. */
  readonly largestBytes?: number
  /** Read at once, so that what cannot work is thrown here; otherwise at the first `read`. Default false. */
  readonly required?: boolean
}

/** Files that are read again when their content changes. */
export interface WatchedFiles<Value> {
  /**
   * What they hold now; the value before while they hold nothing usable. Rejects when there has never been one. With
   * `former`, the value before the newest, until that is confirmed: a peer may not know the newest yet.
   */
  read(former?: boolean): Promise<Value>
  /** There is a value before the newest, which has not been confirmed. */
  readonly hasFormer: () => boolean
  /** What `read` gave last has been accepted by whom it is for: what was before it is forgotten. */
  readonly confirm: () => void
  readonly close: () => void
}

/** What was found at each path: its content, or why there is none. */
type Found<Name> = readonly (readonly [Name, FileContent | string])[]

/** Between two looks at a file that nobody reads; a change is noticed by reading too. */
const pollMs = 5_000
/** What is half written is whole soon after. */
const settleMs = 1_000
const mebibyte = 1024 * 1024
/** Files that change faster than they are read are taken as they come. */
const mostTries = 5

/**
 * Reads at each use, and where somebody wants to hear of changes looks every 5 s in between. It needs no watch handles, and
 * sees the `..data` swaps of Kubernetes volumes, which end a watch on the file; a file that is being written is unusable for
 * one look and is not reported.
 */
export function watchedFiles<Name extends string, Value>(options: WatchOptions<Name, Value>): WatchedFiles<Value> {
  const {
    platform,
    parse,
    unreadable,
    onReloaded,
    onBroken,
    mayBeMissing = () => false,
    largestBytes = mebibyte,
  } = options
  const paths = Object.entries(options.files).filter((entry): entry is [Name, string] => entry[1] !== undefined)
  let held: { readonly value: Value; readonly former?: Value; readonly identity: string } | undefined
  let broken: { readonly identity: string; readonly since: number; isReported: boolean } | undefined
  /** There was nothing usable at first, and somebody has been told so. */
  let isAwaited = false
  let given: { readonly value: Value } | undefined
  let looking: Promise<void> | undefined
  let stamp: string | undefined
  let timer: Timer | undefined
  let isClosed = false

  /** One look at a time, so that an older one cannot undo a newer. */
  function look(): Promise<void> {
    looking ??= lookNow().finally(() => (looking = undefined))
    return looking
  }

  async function lookNow(): Promise<void> {
    let found = await contents()
    // A volume that is swapped in between gives the key of yesterday with the template of today.
    for (let tries = 0; paths.length > 1 && tries < mostTries && held?.identity !== identityOf(found); tries++) {
      const before = found
      found = await contents()
      if (identityOf(found) === identityOf(before)) break
    }
    take(found)
  }

  function contents(): Promise<Found<Name>> {
    return Promise.all(paths.map(async ([name, path]) => [name, await contentOf(path, largestBytes)] as const))
  }

  function take(found: Found<Name>): void {
    const identity = identityOf(found)
    let isNews = held !== undefined || isAwaited
    try {
      if (held?.identity === identity) isNews = broken?.isReported === true
      else held = { ...parsed(found), identity }
    } catch (reason) {
      isAwaited = true
      if (!held) throw reason
      noteBroken(identity, reason as Error)
      return
    }
    isAwaited = false
    broken = undefined
    if (isNews && !isClosed) onReloaded?.()
  }

  function parsed(found: Found<Name>): { value: Value; former?: Value } {
    const there = found.filter(([name, content]) => content !== 'ENOENT' || !mayBeMissing(name))
    for (const [name, content] of there) {
      if (typeof content === 'string') throw unreadable(options.files[name] ?? '', content)
    }
    const value = parse(Object.fromEntries(there) as Partial<Record<Name, FileContent>>)
    return { value, ...(held && { former: held.former ?? held.value }) }
  }

  function noteBroken(identity: string, reason: Error): void {
    const now = platform.monotonicNow()
    if (broken?.identity !== identity) broken = { identity, since: now, isReported: false }
    else if (!broken.isReported && now - broken.since >= settleMs) {
      broken.isReported = true
      if (!isClosed) onBroken?.(reason)
    }
  }

  function lookLater(): void {
    if (isClosed || timer || paths.length === 0 || !(onReloaded ?? onBroken)) return
    timer = platform.setTimer(() => {
      timer = undefined
      void lookIfChanged()
        .catch(() => undefined)
        .then(lookLater)
    }, pollMs)
  }

  /** Thousands of files that stay as they are cost no more than a look at their times. */
  async function lookIfChanged(): Promise<void> {
    const now = (await Promise.all(paths.map(([, path]) => stampOf(path)))).join()
    if (now !== stamp || (broken && !broken.isReported)) await look()
    stamp = now
  }

  if (options.required) take(paths.map(([name, path]) => [name, contentNow(path, largestBytes)] as const))

  return {
    async read(former = false) {
      await look().finally(lookLater)
      const { value, former: before = value } = held as NonNullable<typeof held>
      if (former) return before
      given = { value }
      return value
    },
    hasFormer: () => held?.former !== undefined,
    confirm() {
      if (!held || !given) return
      const { value, identity } = held
      // What came while the peer was being asked has not been accepted by that.
      held = value === given.value ? { value, identity } : { value, identity, former: given.value }
    },
    close() {
      isClosed = true
      timer?.cancel()
    },
  }
}

/** Changes with the file behind the path and with its content. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mode, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return errorCode(error)
  }
}

/** The content, or why there is none. */
async function contentOf(path: string, largestBytes: number): Promise<FileContent | string> {
  try {
    const about = await stat(path)
    return problemOf(about, largestBytes) ?? { path, mode: about.mode & 0o777, text: await readFile(path, 'utf8') }
  } catch (error) {
    return errorCode(error)
  }
}

function contentNow(path: string, largestBytes: number): FileContent | string {
  try {
    const about = statSync(path)
    return problemOf(about, largestBytes) ?? { path, mode: about.mode & 0o777, text: readFileSync(path, 'utf8') }
  } catch (error) {
    return errorCode(error)
  }
}

function problemOf(about: { isFile(): boolean; readonly size: number }, largestBytes: number): string | undefined {
  if (!about.isFile()) return 'it is not a regular file'
  return about.size > largestBytes ? `it is larger than ${largestBytes / mebibyte} MB` : undefined
}

/** A digest, so that a second copy of a secret is not kept. */
function identityOf(found: Found<string>): string {
  const hash = createHash('sha256')
  for (const [, content] of found) hash.update(JSON.stringify(typeof content === 'string' ? [content] : content))
  return hash.digest('base64')
}
