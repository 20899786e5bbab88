import { settingOf, type Setting } from '../setting.ts'
import { normalPath } from '../normal.ts'
import { splitName } from '../names.ts'
import { mostSettings } from '../text.ts'
import { readProperties } from './properties.ts'

/**
 * Settings within settings: a properties file in a ConfigMap, variables as items of a list (`name` and `value`) or as
 * `KEY=value`, and the same key as Kafka names it.
 */
export function withEmbedded(settings: readonly Setting[]): Setting[] {
  const found: Setting[] = []
  const values = new Map(
    settings.filter(({ path }) => /\]\.value$/i.test(path)).map((setting) => [setting.path, setting]),
  )
  for (const setting of settings) {
    if (found.length > mostSettings) break
    const { path, value, line } = setting
    const item = /^(.*\])\.(?:name|key)$/.exec(path)
    const beside = item && values.get(`${item[1] ?? ''}.value`)
    const pair = /\[\d+\]$/.test(path) && /^([A-Za-z][\w.-]{1,200})=([\s\S]*)$/.exec(value.slice(0, 10_000))
    if (beside) {
      const where = (item[1] ?? '').replace(/\[\d+\]$/, '')
      found.push({
        ...settingOf(value.slice(0, 300), beside.value, line, normalPath(value.slice(0, 300))),
        key: value.slice(0, 300),
      })
      if (splitName(normalPath(value)) === undefined)
        found.push(settingOf(`${where}.${value.slice(0, 300)}`, beside.value, line))
    } else if (pair) found.push(settingOf(pair[1] ?? '', pair[2] ?? '', line, normalPath(pair[1] ?? '')))
    else if (looksLikeProperties(value)) {
      for (const inner of readProperties(value, 'properties', line)) {
        found.push({ ...inner, path: normalPath(inner.key) })
      }
    } else found.push({ ...setting, path: normalPath(path) })
  }
  return found
}

/** More than one line, and Kafka's security in it. */
function looksLikeProperties(value: string): boolean {
  return (
    value.includes('\n') &&
    /^\s*[\w.-]*(?:sasl\.|security\.protocol|ssl\.|bootstrap\.servers|listeners)[\w.]*\s*[=:]/m.test(value)
  )
}
