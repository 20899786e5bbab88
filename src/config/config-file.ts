import { errorCode } from '../platform/error-code.ts'
import { ConfigError, type ConfigFault } from './fault.ts'
import type { GivenFile } from './given.ts'
import { isRecord } from './schema.ts'

/** The text of a file of configuration, or what `unreadable` makes of it. */
export async function readText(
  file: GivenFile,
  readFile: (path: string) => Promise<string>,
  unreadable: (fault: ConfigFault) => never,
): Promise<string> {
  try {
    return await readFile(file.given)
  } catch (cause) {
    return unreadable({ ...file, problem: `cannot be read (${errorCode(cause)})` })
  }
}

/** The mapping that a YAML file holds. Throws ConfigError, with the faults before it. */
export async function configDocument(
  file: GivenFile,
  text: string,
  faults: readonly ConfigFault[],
): Promise<Record<string, unknown>> {
  const fault = (problem: string): ConfigError => new ConfigError([...faults, { ...file, problem }])
  const { loadAll } = await import('js-yaml')
  let documents: unknown[]
  try {
    // A file that is empty, or only commented out, has none.
    documents = loadAll(text, { filename: file.given })
  } catch (cause) {
    throw fault(`is not valid YAML: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`)
  }
  const [content = null] = documents
  if (documents.length > 1) throw fault('must hold one document')
  if (content === null) return {}
  if (!isRecord(content)) throw fault('must hold a mapping')
  return content
}
