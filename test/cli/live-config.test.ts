import { appendFileSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { liveConfig, type LiveConfig } from '../../src/cli/live-config.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import type { ReloadFailed, SidecarEvent } from '../../src/token/event.ts'
import { mountedVolume } from '../fakes/mounted-volume.ts'
import { fakePlatform, settled, type FakePlatform } from '../fakes/platform.ts'

const hash = `scrypt$ln=14,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

let folder: string
let file: string
let platform: FakePlatform
let live: LiveConfig | undefined
let events: SidecarEvent[]
/** Names of the profiles of each configuration that was applied. */
let applied: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-live-'))
  file = join(folder, 'sidecar.yaml')
  platform = fakePlatform()
  events = []
  applied = []
})
afterEach(() => {
  live?.close()
  rmSync(folder, { recursive: true })
})

const profiles = (...names: readonly string[]): string =>
  `profiles: { ${names.map((name) => `${name}: { source: self-issued }`).join(', ')} }\n`

async function follow(files: readonly string[] = [file], load = loading): Promise<LiveConfig> {
  live = liveConfig({
    files,
    load,
    onChange: (config) => void applied.push(Object.keys(config.profiles).join()),
    platform,
    emit: (event) => void events.push(event),
  })
  // The first look is over when the next one is planned: from then on a change is a change.
  if (files.length > 0) await until(() => platform.pendingTimers > 0)
  return live
}

function loading(): Promise<Config> {
  return loadConfig({ argv: ['--config', file], env: {}, readFile: (path) => readFile(path, 'utf8') })
}

/** Time passes in steps, and what the file system is asked meanwhile is answered. */
async function pass(ms: number, stepMs = 500): Promise<void> {
  for (let passed = 0; passed <= ms; passed += stepMs) {
    await platform.pass(Math.min(ms - passed, stepMs))
    for (let turn = 0; turn < 40; turn++) await settled()
    await new Promise((done) => setTimeout(done, 3))
  }
}

/** Time passes until it is so, however slow the disk is; what follows says what is wrong where it never is. */
async function until(isSo: () => boolean): Promise<void> {
  for (let step = 0; step < 400 && !isSo(); step++) await pass(step === 0 ? 0 : 500)
}

const failures = (): string[] =>
  events.filter((event): event is ReloadFailed => event.type === 'reload-failed').map(({ message }) => message)

describe('a configuration that changes in its file', () => {
  it('is applied within seconds, and told', async () => {
    writeFileSync(file, profiles('a'))
    await follow()
    writeFileSync(file, profiles('a', 'b'))
    await until(() => events.length > 0)
    expect(applied).toEqual(['a,b'])
    expect(events).toEqual([{ type: 'files-reloaded', what: 'the configuration' }])
  })

  it('is not read again while it stays as it is', async () => {
    writeFileSync(file, profiles('a'))
    await follow()
    writeFileSync(file, profiles('a'))
    await pass(30_000)
    expect([applied, events]).toEqual([[], []])
  })

  it('is applied sooner when somebody asks for it, as by SIGHUP', async () => {
    writeFileSync(file, profiles('a'))
    const { look } = await follow()
    writeFileSync(file, profiles('b'))
    look()
    const startedAt = platform.monotonicNow()
    await until(() => applied.length > 0)
    expect(applied).toEqual(['b'])
    expect(platform.monotonicNow() - startedAt).toBeLessThan(5_000)
    look()
    await pass(3_000)
    expect(applied).toEqual(['b'])
  })

  it('is followed through a volume that Kubernetes swaps', async () => {
    const volume = mountedVolume({ 'sidecar.yaml': profiles('a') })
    file = volume.file('sidecar.yaml')
    await follow([file])
    volume.swap({ 'sidecar.yaml': profiles('a', 'b') })
    await until(() => applied.length > 0)
    expect(applied).toEqual(['a,b'])
    volume.remove()
  })

  it('is followed through an editor that renames', async () => {
    writeFileSync(file, profiles('a'))
    await follow()
    for (const name of ['b', 'c']) {
      writeFileSync(`${file}~`, profiles(name))
      renameSync(`${file}~`, file)
      await until(() => applied.at(-1) === name)
    }
    expect(applied).toEqual(['b', 'c'])
  })

  it('counts with the other file as well', async () => {
    writeFileSync(file, profiles('a'))
    const other = join(folder, 'client.properties')
    writeFileSync(other, 'a=1')
    await follow([file, other])
    writeFileSync(other, 'a=2')
    await until(() => applied.length > 0)
    expect(applied).toEqual(['a'])
  })

  it('is not there at all where everything is a flag', async () => {
    const { look } = await follow([])
    look()
    await pass(7_000)
    expect([applied, events]).toEqual([[], []])
    expect(platform.pendingTimers).toBe(0)
  })

  it('is followed however large it is', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `team-${index}-of-a-large-platform`)
    const text = `profiles:\n${many.map((name) => `  ${name}: { source: self-issued, subject: ${name}, audience: kafka-of-${name} }\n`).join('')}`
    expect(text.length).toBeGreaterThan(1024 ** 2)
    writeFileSync(file, text)
    await follow()
    writeFileSync(file, profiles('a'))
    await until(() => applied.length > 0)
    writeFileSync(file, text)
    await until(() => applied.length > 1)
    expect(applied.map((names) => names.split(',').length)).toEqual([1, 10_000])
  }, 60_000)
})

describe('a file that is no configuration', () => {
  it.each([
    ['no YAML', 'profiles: {', /is not valid YAML/],
    ['an unknown source', 'profiles: { a: { source: slef-issued } }', /must be one of .* did you mean self-issued\?/],
    ['a profile that is missing', `callers: { a: { secretHashes: ["${hash}"], profiles: [b] } }`, /is no profile/],
    ['a secret', 'callers: { a: { secret: hunter2, profiles: [default] } }', /must not stand in the configuration/],
    ['a listener that nobody may open', 'listen: { host: 0.0.0.0 }', /is not a loopback address/],
  ])('changes nothing and is told: %s', async (_case, text, problem) => {
    writeFileSync(file, profiles('a'))
    await follow()
    writeFileSync(file, text)
    await until(() => events.length > 0)
    await pass(10_000)
    expect(applied).toEqual([])
    expect(events).toEqual([
      {
        type: 'reload-failed',
        what: 'the configuration',
        code: 'ERR_CONFIG_FILE',
        message: expect.stringMatching(problem) as string,
        hint: 'Correct the file: it is read again by itself.',
      },
    ])
    expect(JSON.stringify(events)).not.toContain('hunter2')
  })

  it('tells all its faults in one line, and of thousands the first', async () => {
    writeFileSync(file, profiles('a'))
    await follow()
    writeFileSync(file, 'listen: { prot: 1 }\nlogs: {}\n')
    await until(() => events.length > 0)
    expect(failures()).toEqual([
      'listen.prot: no such option; did you mean port?; logs: no such option; did you mean log?',
    ])
    writeFileSync(file, `profiles: { ${Array.from({ length: 3_000 }, (_, index) => `p${index}: 7`).join(', ')} }`)
    await until(() => events.length > 1)
    expect(failures()[1]).toMatch(/^profiles\.p0.*; and 2980 more$/)
    expect(failures()[1]?.length).toBeLessThan(2_000)
  })

  it('is followed until it is one again', async () => {
    writeFileSync(file, profiles('a'))
    await follow()
    writeFileSync(file, 'profiles: [')
    await until(() => failures().length > 0)
    writeFileSync(file, profiles('a', 'b'))
    await until(() => applied.length > 0)
    expect(failures()).toHaveLength(1)
    expect(applied).toEqual(['a,b'])
  })

  it('may be gone, which is told, and come back', async () => {
    writeFileSync(file, profiles('a'))
    await follow()
    unlinkSync(file)
    await until(() => failures().length > 0)
    await pass(10_000)
    expect(applied).toEqual([])
    expect(failures()).toEqual([`cannot read ${file} (ENOENT)`])
    writeFileSync(file, profiles('b'))
    await until(() => applied.length > 0)
    expect(applied).toEqual(['b'])
  })

  it('is not told of while it is replaced in two steps', async () => {
    writeFileSync(file, profiles('a'))
    const { look } = await follow()
    writeFileSync(file, profiles('b'))
    look()
    await pass(500)
    unlinkSync(file)
    await pass(700)
    writeFileSync(file, profiles('b'))
    await until(() => applied.length > 0)
    expect(failures()).toEqual([])
    expect(applied).toEqual(['b'])
  })
})

describe('a file that is half written', () => {
  const whole = `${profiles('a', 'b')}callers:\n  app: { secretHashes: ["${hash}"], profiles: [a] }\n`

  it('changes nothing, though half of it is valid and lets everybody in', async () => {
    writeFileSync(file, whole)
    const { look } = await follow()
    const next = `${profiles('a', 'b', 'c')}callers:\n  app: { secretHashes: ["${hash}"], profiles: [c] }\n`
    // An editor on a slow disk: some of it each half second.
    const at = [0, next.indexOf('callers'), next.indexOf('  app'), next.length - 20, next.length]
    writeFileSync(file, '')
    for (const [index, end] of at.slice(1).entries()) {
      appendFileSync(file, next.slice(at[index], end))
      if (index === 0) look()
      await pass(900, 450)
    }
    await until(() => applied.length > 0)
    await pass(10_000)
    expect(applied).toEqual(['a,b,c'])
    expect(failures()).toEqual([])
  })

  it('counts as it is when the writer does not come back', async () => {
    writeFileSync(file, whole)
    await follow()
    writeFileSync(file, whole.slice(0, whole.indexOf('app:')))
    await until(() => failures().length > 0)
    expect(applied).toEqual([])
    expect(failures()).toEqual([expect.stringContaining('callers: must be a mapping')])
  })
})

describe('the end', () => {
  it('stops to follow', async () => {
    writeFileSync(file, profiles('a'))
    const { look } = await follow()
    writeFileSync(file, profiles('b'))
    look()
    await pass(500)
    live?.close()
    await pass(10_000)
    expect(applied).toEqual([])
    expect(platform.pendingTimers).toBe(0)
  })

  it('leaves what is read just then alone', async () => {
    writeFileSync(file, profiles('a'))
    const reading = Promise.withResolvers<Config>()
    const { look } = await follow([file], () => reading.promise)
    writeFileSync(file, profiles('b'))
    look()
    await pass(2_000)
    live?.close()
    reading.resolve(await loading())
    await pass(2_000)
    expect([applied, events]).toEqual([[], []])
  })
})
