import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../fakes/eventually.ts'
import {
  watchedFiles,
  type FileContent,
  type WatchedFiles,
  type WatchOptions,
} from '../../src/platform/watched-files.ts'
import { mountedVolume } from '../fakes/mounted-volume.ts'
import { fakePlatform, settled, type FakePlatform } from '../fakes/platform.ts'

let folder: string
let platform: FakePlatform
let told: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-watch-'))
  platform = fakePlatform()
  told = []
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const at = (name: string): string => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

type Contents = Readonly<Partial<Record<'key' | 'words', FileContent>>>

/** Files whose text has to begin with `good`. */
function watch(
  files: WatchOptions<'key' | 'words', string>['files'],
  options: Partial<WatchOptions<'key' | 'words', string>> = {},
): WatchedFiles<string> {
  return watchedFiles<'key' | 'words', string>({
    platform,
    files,
    parse({ key, words }: Contents) {
      const text = [key?.text, words?.text].filter((part) => part !== undefined).join(' ')
      if (!text.startsWith('good')) throw new Error(`'${text}' is not good`)
      return text
    },
    unreadable: (path, problem) => new Error(`${path.replace(folder, '')}: ${problem}`),
    onReloaded: () => void told.push('reloaded'),
    onBroken: ({ message }) => void told.push(message),
    ...options,
  })
}

const of = (path: string) => watch({ key: path, words: undefined })

/** Time passes, and what the file system is asked meanwhile is answered. */
async function pass(ms: number): Promise<void> {
  await platform.pass(ms)
  // A look takes two turns of the file system for each file.
  for (let turn = 0; turn < 50; turn++) await settled()
  await new Promise((done) => setTimeout(done, 5))
}

describe('a watched file', () => {
  it('is read when it is first asked for, or at once where it is required', async () => {
    const lazy = watch({ key: at('later'), words: undefined })
    await expect(lazy.read()).rejects.toThrow('/later: ENOENT')
    write('later', 'good')
    expect(await lazy.read()).toBe('good')
    expect(() => watch({ key: at('never'), words: undefined }, { required: true })).toThrow('/never: ENOENT')
    const required = watch({ key: at('later'), words: undefined }, { required: true })
    expect(await required.read()).toBe('good')
    lazy.close()
    required.close()
  })

  it('is the same object until its content changes', async () => {
    const file = write('key', 'good')
    let parses = 0
    const watched = watchedFiles({
      platform,
      files: { key: file },
      parse: () => ({ parses: ++parses }),
      unreadable: () => new Error('unreadable'),
    })
    const first = await watched.read()
    writeFileSync(file, 'good')
    expect(await watched.read()).toBe(first)
    writeFileSync(file, 'good 2')
    expect(await watched.read()).toEqual({ parses: 2 })
  })

  it('is shown with its path and mode', async () => {
    const file = write('key', 'text')
    chmodSync(file, 0o640)
    const contents: Contents[] = []
    const watched = watchedFiles({
      platform,
      files: { key: file, words: undefined },
      parse: (found) => void contents.push(found),
      unreadable: () => new Error('unreadable'),
    })
    await watched.read()
    chmodSync(file, 0o600)
    await watched.read()
    expect(contents).toEqual([
      { key: { path: file, text: 'text', mode: 0o640 } },
      { key: { path: file, text: 'text', mode: 0o600 } },
    ])
  })

  it.each([
    ['a folder', () => (mkdirSync(at('folder')), at('folder')), '/folder: it is not a regular file'],
    ['a file of 2 MB', () => write('large', 'x'.repeat(2 * 1024 * 1024)), '/large: it is larger than 1 MB'],
    ['a link to nowhere', () => (symlinkSync('nowhere', at('link')), at('link')), '/link: ENOENT'],
    ['a device', () => '/dev/zero', '/dev/zero: it is not a regular file'],
    ['a file below a file', () => join(write('file', ''), 'below'), '/file/below: ENOTDIR'],
  ])('cannot be %s', async (_name, make, problem) => {
    const path = make()
    await expect(of(path).read()).rejects.toThrow(problem)
    expect(() => watch({ key: path, words: undefined }, { required: true })).toThrow(problem)
  })

  it('means something together with others, and one without a path is left out', async () => {
    const watched = watch({ key: write('key', 'good'), words: write('words', 'boy') })
    expect(await watched.read()).toBe('good boy')
    write('words', 'girl')
    expect(await watched.read()).toBe('good girl')
    watched.close()
  })

  it('may be missing where that is said, and only missing', async () => {
    const watched = watch(
      { key: write('key', 'good'), words: at('words') },
      { mayBeMissing: (name) => name === 'words' },
    )
    expect(await watched.read()).toBe('good')
    write('words', 'boy')
    expect(await watched.read()).toBe('good boy')
    unlinkSync(at('words'))
    expect(await watched.read()).toBe('good')
    mkdirSync(at('words'))
    expect(await watched.read()).toBe('good')
    await pass(5_000)
    await pass(5_000)
    expect(told).toEqual(['reloaded', 'reloaded', '/words: it is not a regular file'])
    watched.close()
  })
})

describe('a change', () => {
  const changes: readonly [string, (file: string) => void][] = [
    [
      'an overwrite',
      (file) => {
        writeFileSync(file, 'good 2')
      },
    ],
    [
      'a rename over it',
      (file) => {
        writeFileSync(`${file}.new`, 'good 2')
        renameSync(`${file}.new`, file)
      },
    ],
    [
      'a deletion and a new file',
      (file) => {
        unlinkSync(file)
        writeFileSync(file, 'good 2')
      },
    ],
  ]

  it.each(changes)('by %s is seen by the next reader, and told once', async (_name, change) => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    change(file)
    expect(await Promise.all([watched.read(), watched.read()])).toEqual(['good 2', 'good 2'])
    expect(told).toEqual(['reloaded'])
    watched.close()
  })

  it('by a swap of ..data is seen, time after time', async () => {
    const volume = mountedVolume({ key: 'good 0', words: 'boy' })
    const watched = watch({ key: volume.file('key'), words: volume.file('words') })
    for (let swap = 1; swap <= 5; swap++) {
      volume.swap({ key: `good ${swap}`, words: `boy ${swap}` })
      expect(await watched.read()).toBe(`good ${swap} boy ${swap}`)
    }
    expect(told).toHaveLength(4)
    watched.close()
    volume.remove()
  })

  it('is noticed within 5 s where nobody reads', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    writeFileSync(file, 'good 2')
    await pass(4_999)
    expect(told).toEqual([])
    await pass(1)
    await eventually(() => told).toEqual(['reloaded'])
    watched.close()
  })

  it('is not looked for where nobody wants to hear of it', async () => {
    const watched = watchedFiles({
      platform,
      files: { key: write('key', 'good') },
      parse: ({ key }) => key?.text,
      unreadable: () => new Error('unreadable'),
    })
    await watched.read()
    expect(platform.pendingTimers).toBe(0)
  })

  it('leaves no timer behind once it is closed, whenever that is', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    expect(platform.pendingTimers).toBe(0)
    await watched.read()
    expect(platform.pendingTimers).toBe(1)
    writeFileSync(file, 'good 2')
    const reading = watched.read()
    watched.close()
    expect(await reading).toBe('good 2')
    expect(platform.pendingTimers).toBe(0)
    expect(told).toEqual([])

    const polled = of(file)
    await polled.read()
    void platform.pass(5_000)
    polled.close()
    await pass(20_000)
    expect(platform.pendingTimers).toBe(0)
  })
})

describe('what cannot be used', () => {
  it('leaves the former in use, is told after a second and once, and so is its end', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    writeFileSync(file, 'bad')
    expect(await watched.read()).toBe('good')
    await pass(999)
    expect(await watched.read()).toBe('good')
    expect(told).toEqual([])
    await pass(1)
    expect(await watched.read()).toBe('good')
    expect(told).toEqual(["'bad' is not good"])
    for (let more = 0; more < 5; more++) {
      await pass(5_000)
      expect(await watched.read()).toBe('good')
    }
    expect(told).toHaveLength(1)
    writeFileSync(file, 'good 2')
    expect(await watched.read()).toBe('good 2')
    expect(told).toEqual(["'bad' is not good", 'reloaded'])
    watched.close()
  })

  it('is over, and told so, when the file is as it was before', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    writeFileSync(file, 'bad')
    await watched.read()
    await pass(1_000)
    await watched.read()
    writeFileSync(file, 'good')
    await watched.read()
    expect(told).toEqual(["'bad' is not good", 'reloaded'])
    expect(watched.hasFormer()).toBe(false)
    watched.close()
  })

  it('is not told while it is being written, in however many parts', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    truncateSync(file)
    for (const part of ['', 'b', 'ba', 'bad', 'bad ']) {
      writeFileSync(file, part)
      expect(await watched.read()).toBe('good')
      await pass(900)
      expect(await watched.read()).toBe('good')
    }
    writeFileSync(file, 'good as new')
    expect(await watched.read()).toBe('good as new')
    expect(told).toEqual(['reloaded'])
    watched.close()
  })

  it('is told anew when it is another fault', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    for (const fault of ['bad', 'worse']) {
      writeFileSync(file, fault)
      await watched.read()
      await pass(5_000)
    }
    await eventually(() => told).toEqual(["'bad' is not good", "'worse' is not good"])
    watched.close()
  })

  it('may be a file that is deleted, until it is back', async () => {
    const file = write('key', 'good')
    const watched = of(file)
    await watched.read()
    unlinkSync(file)
    expect(await watched.read()).toBe('good')
    await pass(5_000)
    expect(await watched.read()).toBe('good')
    await eventually(() => told).toEqual(['/key: ENOENT'])
    write('key', 'good')
    expect(await watched.read()).toBe('good')
    expect(told).toEqual(['/key: ENOENT', 'reloaded'])
    watched.close()
  })

  it('at first is thrown to each reader, and its end is told', async () => {
    const watched = of(at('key'))
    await expect(watched.read()).rejects.toThrow('/key: ENOENT')
    write('key', 'bad')
    await expect(watched.read()).rejects.toThrow("'bad' is not good")
    expect(told).toEqual([])
    write('key', 'good')
    await pass(5_000)
    await eventually(() => told).toEqual(['reloaded'])
    expect(await watched.read()).toBe('good')
    watched.close()
  })

  it('never mixes the files of two swaps for longer than one look', async () => {
    const volume = mountedVolume({ key: 'good 0', words: '0' })
    const watched = watchedFiles<'key' | 'words', string>({
      platform,
      files: { key: volume.file('key'), words: volume.file('words') },
      parse({ key, words }) {
        if (key?.text !== `good ${words?.text ?? ''}`) throw new Error('mixed')
        return key.text
      },
      unreadable: (_path, problem) => new Error(problem),
      onBroken: ({ message }) => void told.push(message),
    })
    for (let swap = 1; swap <= 50; swap++) {
      const reading = watched.read()
      volume.swap({ key: `good ${swap}`, words: String(swap) })
      expect(await reading).toMatch(/^good \d+$/)
      expect(await watched.read()).toBe(`good ${swap}`)
    }
    expect(told).toEqual([])
    watched.close()
    volume.remove()
  })
})

describe('the value before the newest', () => {
  it('is kept until the newest is confirmed', async () => {
    const file = write('key', 'good 1')
    const watched = of(file)
    expect(await watched.read(true)).toBe('good 1')
    expect(watched.hasFormer()).toBe(false)
    writeFileSync(file, 'good 2')
    expect(await watched.read()).toBe('good 2')
    expect(await watched.read(true)).toBe('good 1')
    expect(watched.hasFormer()).toBe(true)
    watched.confirm()
    expect(watched.hasFormer()).toBe(false)
    expect(await watched.read(true)).toBe('good 2')
    watched.close()
  })

  it('is the one that was accepted where a newer one came while the other side was asked', async () => {
    const file = write('key', 'good 1')
    const watched = of(file)
    await watched.read()
    writeFileSync(file, 'good 2')
    expect(await watched.read()).toBe('good 2')
    // Noticed by the look of every 5 s, and given to nobody yet.
    writeFileSync(file, 'good 3')
    await pass(5_000)
    await eventually(() => told).toEqual(['reloaded', 'reloaded'])
    watched.confirm()
    expect(watched.hasFormer()).toBe(true)
    expect(await watched.read(true)).toBe('good 2')
    expect(await watched.read()).toBe('good 3')
    watched.confirm()
    expect(watched.hasFormer()).toBe(false)
    watched.close()
  })

  it('is the last one that was confirmed, over however many changes', async () => {
    const file = write('key', 'good 1')
    const watched = of(file)
    await watched.read()
    watched.confirm()
    for (const text of ['good 2', 'good 3', 'good 4']) {
      writeFileSync(file, text)
      expect(await watched.read()).toBe(text)
      expect(await watched.read(true)).toBe('good 1')
    }
    watched.close()
  })
})

describe('files that mean something together', () => {
  it('are taken from one version of their volume, however it is swapped while they are read', async () => {
    const names = ['key', 'words', 'more', 'last'] as const
    for (const version of ['0', '1']) {
      mkdirSync(at(version))
      for (const name of names) writeFileSync(join(folder, version, name), version)
    }
    symlinkSync('0', at('..data'))
    for (const name of names) symlinkSync(`..data/${name}`, at(name))
    const seen: string[] = []
    const watched = watchedFiles<(typeof names)[number], string>({
      platform,
      files: Object.fromEntries(names.map((name) => [name, at(name)])) as Record<(typeof names)[number], string>,
      parse: (contents) => names.map((name) => contents[name]?.text).join(''),
      unreadable: (path, problem) => new Error(`${path}: ${problem}`),
    })
    for (let round = 0; round < 200; round++) {
      const reading = watched.read()
      symlinkSync(String((round + 1) % 2), at('..new'))
      // Lets the look begin, each time a bit further.
      for (let turn = 0; turn < round % 8; turn++) await new Promise(setImmediate)
      renameSync(at('..new'), at('..data'))
      seen.push(await reading)
    }
    expect(seen.filter((text) => !['0000', '1111'].includes(text))).toEqual([])
    watched.close()
  })
})
