/** How the settings of a file are written down. */
export type Form = 'properties' | 'ini' | 'yaml' | 'json' | 'xml' | 'code'

const byEnding: Readonly<Record<string, Form>> = {
  properties: 'properties',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  xml: 'xml',
  ini: 'ini',
  toml: 'ini',
  conf: 'ini',
  cfg: 'ini',
  env: 'ini',
}

const codeEndings = /\.(?:java|scala|kt|py|sql|sh|bash|go|cs|js|ts|mjs|cjs|rb|rs|tf|hcl|groovy|ipynb|md|txt|ddl)$/i

/** By the name of the file, and where it has none that tells, by how it begins and what its lines are like. */
export function formOf(text: string, name: string | undefined): Form {
  const ending = /\.(\w+)$/.exec(name ?? '')?.[1]?.toLowerCase() ?? ''
  const head = text.slice(0, 20_000)
  const named = byEnding[ending]
  // Logstash and others have a language of their own in .conf, Spark and kcat have lines of key and value.
  if (named === 'ini' && /=>|\bWITH\s*\(|^\s*\w+\s*\{\s*$/m.test(head)) return 'code'
  if (ending === 'conf' && /^\s*spark\./m.test(head)) return 'properties'
  if (named) return named
  if (codeEndings.test(name ?? '')) return 'code'
  if (
    /^\s*(?:<\?xml|<!--|<!DOCTYPE|<[A-Za-z][\w.:-]*(?:\s+[\w:.-]+\s*=\s*[\x22'][^\x22'<>]*[\x22'])*\s*\/?>)/.test(head)
  )
    return 'xml'
  if (/^\s*\{\s*["}]/.test(head) || /^\s*\[\s*\{/.test(head)) return 'json'
  return byLines(head)
}

const isCode =
  /^\s*(?:import |from \w+ import|package |public |val |var |let |const |def |func |using |CREATE |INSERT |spark-submit|kcat |kafkacat |\.\/|#!|cat <<)|\.option\(|\.put\(|setProperty\(|\bWITH\s*\(|=>|--conf |^\s*\w+\s*=\s*[{(]\s*$|^\s*[{}]\s*,?$|-X \w|^\s*["'][\w.]+["']\s*[:=]/m

function byLines(head: string): Form {
  const lines = head.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '' && !/^\s*[#!;]/.test(line))
  const share = (form: RegExp): number =>
    lines.filter((line) => form.test(line.slice(0, 500))).length / (lines.length || 1)
  const pairs = share(/^\s*[\w.\-[\]]+\s*[=]/)
  const isYaml =
    /^(?:apiVersion:|---|%YAML)/m.test(head) || share(/^\s*(?:- )?["']?[\w.\-/]+["']?:(?:\s|$)|^\s*- /) > 0.6
  if (/^\s*\[{1,2}[\w."' -]+\]{1,2}\s*$/m.test(head) && !isYaml) return 'ini'
  if (isCode.test(head) && pairs < 0.7) return 'code'
  if (isYaml && pairs < 0.5) return 'yaml'
  return pairs > 0.3 || share(/^\s*[\w.-]+[\s:]/) > 0.5 ? 'properties' : 'code'
}
