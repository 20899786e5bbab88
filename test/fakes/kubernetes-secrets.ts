import type { Answer, Call } from './scripted-server.ts'

/** A Secret as the API server keeps it: `data` in base64. */
export interface StoredSecret {
  readonly type: string
  readonly immutable?: boolean
  readonly resourceVersion: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}

/** Secrets of an API server (core/v1), after the documented API and answers of a real one. */
export interface FakeSecrets {
  /** Undefined for what is no request for a Secret. */
  answer(call: Call): Answer | undefined
  /** Makes or changes one by another hand, as kubectl does: `<namespace>/<name>`. */
  apply(name: string, secret?: Partial<StoredSecret>): void
  delete(name: string): void
  get(name: string): StoredSecret | undefined
  /** The entries of one as its readers see them. */
  text(name: string): Readonly<Record<string, string>>
  /** What the Role of the bearer allows. */
  verbs: readonly string[]
  /** Called after each GET was answered: what others do between our look and our patch. */
  afterGet: (() => void) | undefined
}

const path = /\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/
const account = 'system:serviceaccount:kafka:tokens'

export function fakeSecrets(): FakeSecrets {
  const stored = new Map<string, StoredSecret>()
  let version = 100

  function answer(call: Call): Answer | undefined {
    const [, namespace = '', name = ''] = path.exec(call.path) ?? []
    if (name === '') return undefined
    const verb = call.method.toLowerCase()
    if (!secrets.verbs.includes(verb)) {
      const words = `secrets "${name}" is forbidden: User "${account}" cannot ${verb} resource "secrets" in API group "" in the namespace "${namespace}"`
      return status(403, 'Forbidden', words)
    }
    const found = stored.get(`${namespace}/${name}`)
    if (!found) return status(404, 'NotFound', `secrets "${name}" not found`)
    if (verb === 'get') {
      const { afterGet } = secrets
      // Not before this answer is on its way.
      if (afterGet) setImmediate(afterGet)
      return { body: shown(namespace, name, found) }
    }
    return patched(namespace, name, found, call)
  }

  function patched(namespace: string, name: string, found: StoredSecret, call: Call): Answer {
    if (call.headers['content-type'] !== 'application/merge-patch+json') {
      return status(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format')
    }
    const patch = JSON.parse(call.body) as Patch
    const { resourceVersion } = patch.metadata ?? {}
    if (resourceVersion !== undefined && resourceVersion !== found.resourceVersion) {
      const words = `Operation cannot be fulfilled on secrets "${name}": the object has been modified; please apply your changes to the latest version and try again`
      return status(409, 'Conflict', words)
    }
    // As a real one, it quotes what it was sent.
    if (found.immutable) return status(422, 'Invalid', `data: Forbidden: field is immutable: ${call.body}`)
    const labels = merged(found.labels, patch.metadata?.labels)
    const annotations = merged(found.annotations, patch.metadata?.annotations)
    const data = merged(found.data, patch.data)
    secrets.apply(`${namespace}/${name}`, { ...found, labels, annotations, data })
    return { body: shown(namespace, name, stored.get(`${namespace}/${name}`) ?? found) }
  }

  const secrets: FakeSecrets = {
    verbs: ['get', 'patch'],
    afterGet: undefined,
    answer,
    apply(name, secret = {}) {
      const before = stored.get(name) ?? { type: 'Opaque', labels: {}, annotations: {}, data: {} }
      stored.set(name, { ...before, ...secret, resourceVersion: String(++version) })
    },
    delete: (name) => void stored.delete(name),
    get: (name) => stored.get(name),
    text(name) {
      const data = Object.entries(stored.get(name)?.data ?? {})
      return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
    },
  }
  return secrets
}

type Texts = Readonly<Record<string, string>>

interface Patch {
  readonly metadata?: {
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string | null>>
    readonly annotations?: Readonly<Record<string, string | null>>
  }
  readonly data?: Readonly<Record<string, string | null>>
}

/** RFC 7386: null removes. */
function merged(before: Texts, patch: Readonly<Record<string, string | null>> = {}): Texts {
  const all = Object.entries({ ...before, ...patch })
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null))
}

function shown(namespace: string, name: string, { type, immutable, data, ...metadata }: StoredSecret): object {
  // An empty one has no data at all.
  const filled = Object.keys(data).length > 0 && { data }
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { namespace, name, uid: 'u-1', ...metadata },
    ...filled,
    type,
    ...(immutable && { immutable }),
  }
}

/** A Status object, as the API server refuses with. */
export function status(code: number, reason: string, message: string): Answer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
  }
}
