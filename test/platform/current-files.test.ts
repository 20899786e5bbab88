import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { currentFiles, type ReadFile } from '../../src/platform/current-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'current-files-'))
const [first, second] = [join(folder, 'first'), join(folder, 'second')] as const
let told: string[]

beforeEach(() => {
  told = []
  writeFileSync(first, second)
  writeFileSync(second, 'a')
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function latest<Value>(make: (read: ReadFile) => Promise<Value>): () => Promise<Value> {
  return currentFiles({
    make,
    unreadable: (path, problem) => new Error(`${path}: ${problem}`),
    onReloaded: () => told.push('reloaded'),
    onBroken: (reason) => told.push(String(reason)),
  })
}

/** What stands in the file that the first one names; anything but `broken`. */
async function named(read: ReadFile): Promise<{ readonly text: string }> {
  const text = String((await read(String((await read(first)).bytes))).bytes)
  if (text === 'broken') throw new Error('broken')
  return { text }
}

describe('a value from files', () => {
  it('is the same while they are the same', async () => {
    const ask = latest(named)
    const value = await ask()
    expect(await ask()).toBe(value)
    expect(value).toEqual({ text: 'a' })
  })

  it('is another one when a file differs that another one names', async () => {
    const ask = latest(named)
    await ask()
    writeFileSync(second, 'b')
    expect(await ask()).toEqual({ text: 'b' })
    expect(told).toEqual(['reloaded'])
  })

  it('stays while they are broken, which is told once for each content', async () => {
    const ask = latest(named)
    await ask()
    writeFileSync(second, 'broken')
    expect([await ask(), await ask()]).toEqual([{ text: 'a' }, { text: 'a' }])
    rmSync(second)
    expect([await ask(), await ask()]).toEqual([{ text: 'a' }, { text: 'a' }])
    expect(told).toEqual(['Error: broken', `Error: ${second}: ENOENT`])
    writeFileSync(second, 'a')
    expect(await ask()).toEqual({ text: 'a' })
    expect(told).toHaveLength(3)
  })

  it('is made again when others may read or write a file than before', async () => {
    const ask = latest(async (read) => (await read(first)).mode)
    chmodSync(first, 0o600)
    expect(await ask()).toBe(0o600)
    chmodSync(first, 0o666)
    expect(await ask()).toBe(0o666)
  })

  it('is made again when a file was replaced meanwhile', async () => {
    let tries = 0
    const writeBoth = (text: string): void => {
      for (const path of [first, second]) writeFileSync(path, text)
    }
    writeBoth('old')
    const ask = latest(async (read) => {
      const key = String((await read(first)).bytes)
      if (++tries === 1) writeBoth('new')
      const certificate = String((await read(second)).bytes)
      if (key !== certificate) throw new Error('they do not belong together')
      return key
    })
    expect(await ask()).toBe('new')
    expect(tries).toBe(2)
  })

  it('is not there while there has never been one', async () => {
    writeFileSync(second, 'broken')
    const ask = latest(named)
    await expect(ask()).rejects.toThrow('broken')
    await expect(ask()).rejects.toThrow('broken')
    writeFileSync(second, 'a')
    expect(await ask()).toEqual({ text: 'a' })
    expect(told).toEqual([])
  })

  it('is made once for all who ask at the same time', async () => {
    let made = 0
    const ask = latest(async (read) => {
      made++
      return named(read)
    })
    await Promise.all([ask(), ask(), ask()])
    expect(made).toBe(1)
  })

  it('is not made of a folder, nor of more than 1 MB', async () => {
    const at = join(folder, 'folder')
    mkdirSync(at)
    await expect(latest((read) => read(at))()).rejects.toThrow(`${at}: it is not a regular file`)
    writeFileSync(second, Buffer.alloc(1024 * 1024 + 1))
    await expect(latest((read) => read(second))()).rejects.toThrow(`${second}: it is larger than 1 MB`)
  })
})
