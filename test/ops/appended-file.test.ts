import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendedFile, type AppendedFile } from '../../src/ops/appended-file.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakePlatform } from '../fakes/platform.ts'

let folder: string
let file: string
let platform: ReturnType<typeof fakePlatform>
let troubles: string[]
let drained: number
let opened: AppendedFile | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-appended-'))
  file = join(folder, 'audit.jsonl')
  platform = fakePlatform()
  troubles = []
  drained = 0
})

afterEach(async () => {
  await opened?.close()
  opened = undefined
  rmSync(folder, { recursive: true, force: true })
})

function open(path = file): AppendedFile {
  return (opened = appendedFile({
    file: path,
    platform,
    onTrouble: (reason) => void troubles.push(reason),
    onDrained: () => {
      drained++
    },
  }))
}

const content = (path = file): string => readFileSync(path, 'utf8')
/** A line of a megabyte. */
const large = `${'x'.repeat(1024 ** 2 - 1)}\n`

describe('a file that lines are appended to', () => {
  it('is made at once, readable for its owner only', async () => {
    open()
    await eventually(() => statSync(file, { throwIfNoEntry: false })?.mode).toBe(0o100600)
  })

  it('keeps what it holds already, and its mode', async () => {
    writeFileSync(file, 'before\n', { mode: 0o640 })
    open().take('after\n')
    await eventually(() => content()).toBe('before\nafter\n')
    expect(statSync(file).mode).toBe(0o100640)
  })

  it('gets its lines in order, also those that come during a write', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`)
    const appended = open()
    for (const [index, line] of lines.entries()) {
      expect(appended.take(line)).toBe(true)
      if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await appended.close()
    expect(content()).toBe(lines.join(''))
  })

  it('is made again after it was moved away, and looked for once a second at most', async () => {
    const appended = open()
    appended.take('one\n')
    await eventually(() => content()).toBe('one\n')
    renameSync(file, `${file}.1`)
    appended.take('two\n')
    await eventually(() => content(`${file}.1`)).toBe('one\ntwo\n')
    await platform.pass(1_000)
    appended.take('three\n')
    await eventually(() => statSync(file, { throwIfNoEntry: false })?.size).toBe(6)
    expect(content()).toBe('three\n')
    expect(statSync(file).mode).toBe(0o100600)
    expect(content(`${file}.1`)).toBe('one\ntwo\n')
    expect(troubles).toEqual([])
  })

  it('goes on at the new end after it was copied and cut', async () => {
    const appended = open()
    appended.take('one\n')
    await eventually(() => content()).toBe('one\n')
    writeFileSync(file, '')
    appended.take('two\n')
    await eventually(() => content()).toBe('two\n')
  })

  it('gets everything when its folder is there again', async () => {
    const appended = open()
    appended.take('one\n')
    await eventually(() => content()).toBe('one\n')
    rmSync(folder, { recursive: true })
    await platform.pass(1_000)
    appended.take('two\n')
    await eventually(() => troubles).toEqual(['ENOENT'])
    appended.take('three\n')
    await mkdir(folder)
    await platform.pass(1_000)
    await eventually(() => statSync(file, { throwIfNoEntry: false })?.size).toBe(10)
    expect(content()).toBe('two\nthree\n')
    expect(troubles).toEqual(['ENOENT'])
  })

  it('is tried once a second while its disk is full, keeps 4 MB, and drops what is more', async () => {
    symlinkSync('/dev/full', file)
    const appended = open()
    appended.take('one\n')
    await eventually(() => troubles).toEqual(['ENOSPC'])
    const taken = [large, large, large, large, large].map((line) => appended.take(line))
    expect(taken).toEqual([true, true, true, true, false])
    await platform.pass(999)
    expect(troubles).toHaveLength(1)
    await platform.pass(1)
    await eventually(() => troubles).toHaveLength(2)
    expect(drained).toBe(0)

    unlinkSync(file)
    await platform.pass(1_000)
    await eventually(() => drained).toBe(1)
    expect(content()).toBe(`one\n${large.repeat(4)}`)
    expect(appended.take('two\n')).toBe(true)
    await eventually(() => statSync(file).size).toBe(8 + 4 * large.length)
  })

  it('that is a pipe nobody reads is trouble, and no thread that waits', async () => {
    const { execFileSync } = await import('node:child_process')
    execFileSync('mkfifo', [file])
    open()
    await eventually(() => troubles).toEqual(['ENXIO'])
  })

  it('is closed with what can be written, and in the end also without', async () => {
    symlinkSync('/dev/full', file)
    const appended = open()
    appended.take('one\n')
    await eventually(() => troubles).toHaveLength(1)
    await appended.close()
    expect(troubles).toHaveLength(2)
    expect(platform.pendingTimers).toBe(0)
  })
})
