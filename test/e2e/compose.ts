import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Container, type ContainerNetwork, containerNetwork, type Image } from './containers.ts'

/** A service as Docker's own library reads it: aliases, short forms and `$$` are resolved. */
interface Service {
  readonly image: string
  readonly command?: readonly string[] | null
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly { readonly type: 'bind'; readonly source: string; readonly target: string }[]
  readonly secrets?: readonly { readonly source: string; readonly target: string }[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: keyof typeof conditions }>>
  readonly healthcheck?: { readonly test: readonly string[]; readonly interval: string; readonly retries: number }
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
}

interface Project {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

export interface StartedProject extends AsyncDisposable {
  readonly containers: ReadonlyMap<string, Container>
  /** What a user types beside it, where its ports are published. */
  run(command: string, cwd: string): Promise<string>
}

/** Checks the file against the specification of compose, too. */
export async function readProject(composeCommand: string, file: string): Promise<Project> {
  const { stdout } = await promisify(execFile)(composeCommand, ['-format', 'json', file], { cwd: join(file, '..') })
  return JSON.parse(stdout) as Project
}

/** As `docker compose up` does, with these images; resolves when all that others wait for is there. */
export async function startProject(
  { services, secrets }: Project,
  images: Readonly<Record<string, Image>>,
  folder: string,
): Promise<StartedProject> {
  const network = await containerNetwork(folder, Object.keys(services))
  const containers = new Map<string, Container>()
  const isStarting = new Map<string, Promise<void>>()
  const start = (name: string) => {
    const known = isStarting.get(name) ?? begin(name)
    isStarting.set(name, known)
    return known
  }
  const begin = async (name: string) => {
    const service = found(services, name)
    const waits = Object.entries(service.depends_on ?? {}).map(async ([other, { condition }]) => {
      await start(other)
      await conditions[condition](containers.get(other) as Container, found(services, other))
    })
    await Promise.all(waits)
    containers.set(name, await startService(network, name, service))
  }
  const startService = (network: ContainerNetwork, name: string, service: Service) =>
    network.start(name, {
      image: found(images, service.image),
      ...(service.command && { command: service.command }),
      ...(service.environment && { env: service.environment }),
      mounts: Object.fromEntries([
        ...(service.volumes ?? []).map(({ source, target }) => [target, source] as const),
        ...(service.secrets ?? []).map(({ source, target }) => [target, found(secrets, source).file] as const),
      ]),
      isReadOnly: service.read_only ?? false,
      hasNoPrivileges: service.cap_drop?.includes('ALL') ?? false,
    })
  try {
    await Promise.all(Object.keys(services).map(start))
  } catch (error) {
    await network[Symbol.asyncDispose]()
    throw error
  }
  return { containers, run: network.run, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() }
}

const conditions = {
  service_started: () => Promise.resolve(),
  service_healthy: async (container: Container, { healthcheck }: Service) => {
    if (!healthcheck) throw new Error('others wait for a service that has no health check')
    const [kind, ...command] = healthcheck.test
    if (kind !== 'CMD') throw new Error(`the health check is a ${kind ?? ''}`)
    for (let tries = 1; ; tries++) {
      const failure = await container.exec(...command).then(
        () => '',
        (error: unknown) => (error instanceof Error ? error.message : 'no reason'),
      )
      if (failure === '') return
      if (tries >= healthcheck.retries || !container.isRunning())
        throw new Error(`not healthy: ${failure}\n${container.output()}`)
      await sleep(Number(healthcheck.interval.replace('s', '')) * 1000)
    }
  },
  service_completed_successfully: async (container: Container) => {
    const code = await container.exited(60_000)
    if (code !== 0) throw new Error(`ended with ${code}:\n${container.output()}`)
  },
}

function found<T>(all: Readonly<Record<string, T>>, name: string): T {
  const one = all[name]
  if (one === undefined) throw new Error(`there is no ${name}`)
  return one
}
