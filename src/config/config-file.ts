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

/** Tens of thousands of profiles with what they share; an alias bomb has more. */
const mostMergedKeys = 1_000_000

/** What is wrong and where; not the word itself, which may be a secret that nobody quoted. */
function reasonOf(cause: unknown): string {
  const line = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? ''
  return line.replace(/"[^"]*"/g, '"..."').replace(/!<[^>]*>/g, '!<...>')
}

/** The mapping that a YAML file holds. Throws ConfigError, with the faults before it. */
export async function configDocument(
  file: GivenFile,
  text: string,
  faults: readonly ConfigFault[],
): Promise<Record<string, unknown>> {
  const fault = (problem: string): ConfigError => new ConfigError([...faults, { ...file, problem }])
  const { CORE_SCHEMA, loadAll, mergeTag } = await import('js-yaml')
  let documents: unknown[]
  try {
    // A file that is empty, or only commented out, has none. Merge keys (<<) let profiles share what they have in common.
    const schema = CORE_SCHEMA.withTags(mergeTag)
    documents = loadAll(text, { filename: file.given, schema, maxTotalMergeKeys: mostMergedKeys })
  } catch (cause) {
    throw fault(`is not valid YAML: ${reasonOf(cause)}`)
  }
  const [content = null] = documents
  if (documents.length > 1) throw fault('must hold one document')
  if (content === null) return {}
  if (!isRecord(content)) throw fault('must hold a mapping')
  return content
}
