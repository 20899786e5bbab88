import { propertyNames, systemProperties } from '../../client-config/names.ts'
import { isAllowed, type AllowList } from '../allowed.ts'
import type { Client } from '../client.ts'
import { javaClients, onVersion, severityOn, type Examined, type Rule } from '../rule.ts'
import { shown } from '../shown.ts'
import { endpointOf, isOwnHandler, isUrl } from './endpoint.ts'

const { allowedUrls, allowedFiles } = systemProperties
const restricted = (name: string, what: 'URL' | 'file', property: string): string =>
  `Invalid value <value> for configuration ${name}: The ${what} cannot be accessed due to restrictions. Update the system property '${property}' to allow the ${what} to be accessed.`

/** What one client asks a JVM to allow: URLs or files, each with the setting that names it. */
interface Asked {
  readonly client: Client
  readonly name: string
  readonly text: string
}

function urlsOf(file: Examined): Asked[] {
  return file.clients.flatMap((client) => {
    if (client.library === 'librdkafka' || !isOwnHandler(client)) return []
    const { tokenEndpointUrl, jwksEndpointUrl } = propertyNames
    // On 3 a client does not look at the second.
    const isRead = client.library === 'broker' || file.version !== '3'
    const names = isRead ? [tokenEndpointUrl, jwksEndpointUrl] : [tokenEndpointUrl]
    return names.flatMap((name) => {
      const text = name === propertyNames.tokenEndpointUrl ? endpointOf(client) : client.value(name)
      const isOwn = client.own.some(({ path }) => path.endsWith(name))
      return text !== undefined && isOwn && isUrl(text) ? [{ client, name, text }] : []
    })
  })
}

const fileNames = ['assertion.file', 'assertion.private.key.file', 'assertion.template.file'].map(
  (name) => `sasl.oauthbearer.${name}`,
)

function filesOf(file: Examined): Asked[] {
  return javaClients(file).flatMap((client) =>
    fileNames.flatMap((name) => {
      const text = client.value(name)
      return text === undefined ? [] : [{ client, name, text }]
    }),
  )
}

export const allowedRules: readonly Rule[] = [
  {
    name: 'allowed-urls-missing',
    severity: 'error',
    about:
      'Kafka 4 without `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls`: it calls no URL that is not in that list',
    of: 'Java',
    printed: restricted(propertyNames.tokenEndpointUrl, 'URL', allowedUrls),
    trouble: 'allowed-urls',
    run: 'e2e',
    *check(file) {
      if (file.version === '3' || file.jvm.urls.length > 0) return
      const asked = urlsOf(file)
      const urls = [...new Set(asked.map(({ text }) => shown('url', text)))]
      const first = asked[0]
      if (!first) return
      yield {
        at: first.client.at(first.name),
        severity: file.jvm.isKnown ? severityOn('4', file) : file.version === '4' ? 'warning' : 'note',
        problem: onVersion(
          '4',
          file,
          `the JVM must be told that it may call ${urls.join(' and ')}, which no setting in a file can do`,
        ),
        remedy: 'Give the JVM the option, letter by letter as the setting has the URL.',
        paste: `export KAFKA_OPTS="-D${allowedUrls}=${urls.join()}"`,
      }
    },
  },
  {
    name: 'allowed-urls-mismatch',
    severity: 'error',
    about:
      '`allowed.urls` with another text than the setting: a slash at the end, another name of the host, a wildcard, quotes',
    of: 'Java',
    printed: restricted(propertyNames.tokenEndpointUrl, 'URL', allowedUrls),
    trouble: 'allowed-urls',
    run: 'e2e',
    *check(file) {
      if (file.jvm.urls.length === 0) return
      for (const { client, name, text } of urlsOf(file)) {
        if (isAllowed(file.jvm.urls, text)) continue
        yield {
          at: client.at(name),
          problem: `${shown('url', text)} is not in the list of allowed URLs${place(file.jvm.urls)}${near(file.jvm.urls, text)}`,
          remedy: 'Kafka compares them letter by letter: have the same text in both.',
          paste: `-D${allowedUrls}=${shown('url', text)}`,
        }
      }
    },
  },
  {
    name: 'allowed-urls-wildcard',
    severity: 'error',
    about: 'a wildcard in `allowed.urls` or `allowed.files`, which Apache Kafka does not have',
    of: 'Java',
    printed: restricted(propertyNames.tokenEndpointUrl, 'URL', allowedUrls),
    trouble: 'allowed-urls',
    run: 'e2e',
    *check(file) {
      for (const { entries, line } of [...file.jvm.urls, ...file.jvm.files]) {
        const wild = entries.find((entry) => entry.includes('*'))
        if (wild === undefined) continue
        yield {
          ...(line > 0 && { line }),
          key: allowedUrls,
          problem: `${shown('url', wild)} is no pattern: Kafka looks for exactly this text`,
          remedy: 'List each URL in full, with commas between them.',
          paste: `-D${allowedUrls}=${urlsOf(file).map(({ text }) => shown('url', text))[0] ?? 'http://localhost:14293/token'}`,
        }
      }
    },
  },
  {
    name: 'allowed-urls-as-property',
    severity: 'error',
    about:
      '`org.apache.kafka.sasl.oauthbearer.allowed.urls` among the settings of a client: it is a property of the JVM',
    of: 'Java',
    printed: restricted(propertyNames.tokenEndpointUrl, 'URL', allowedUrls),
    trouble: 'allowed-urls',
    run: 'e2e',
    *check(file) {
      if (file.version === '3') return
      for (const setting of file.settings) {
        const property = [allowedUrls, allowedFiles].find((name) => setting.key.endsWith(name))
        if (property === undefined || /^-D|systemProp/.test(setting.key)) continue
        // What begins with it is a line of settings; elsewhere it may be what makes the option.
        if (file.form !== 'properties' && !/^\s*org\.apache\.kafka\./.test(file.lineText(setting.line))) continue
        yield {
          at: setting,
          severity: severityOn('4', file),
          problem: 'is a property of the JVM: in a file of settings nobody reads it',
          remedy: 'Give it to the JVM.',
          paste: `export KAFKA_OPTS="-D${property}=${isUrl(setting.value) ? shown('url', setting.value) : '<url>'}"`,
        }
      }
    },
  },
  {
    name: 'allowed-files-missing',
    severity: 'error',
    about:
      'keys, assertions and templates without `-Dorg.apache.kafka.sasl.oauthbearer.allowed.files` (Kafka 4.1 and later)',
    of: 'Java',
    printed: restricted('sasl.oauthbearer.assertion.private.key.file', 'file', allowedFiles),
    trouble: 'allowed-files',
    run: 'e2e',
    *check(file) {
      if (file.version === '3') return
      const asked = filesOf(file)
      const first = asked[0]
      if (!first || file.jvm.files.length > 0) return
      const files = [...new Set(asked.map(({ text }) => shown('file', text)))]
      yield {
        at: first.client.at(first.name),
        severity: file.jvm.isKnown ? 'error' : 'warning',
        problem: `the JVM must be told that it may read ${files.join(' and ')}, which no setting in a file can do`,
        remedy: 'Give the JVM the option, with full paths.',
        paste: `export KAFKA_OPTS="$KAFKA_OPTS -D${allowedFiles}=${files.join()}"`,
      }
    },
  },
  {
    name: 'allowed-files-mismatch',
    severity: 'error',
    about: '`allowed.files` without the file that a setting names: a folder or a relative path does not do',
    of: 'Java',
    printed: restricted('sasl.oauthbearer.assertion.private.key.file', 'file', allowedFiles),
    trouble: 'allowed-files',
    run: 'e2e',
    *check(file) {
      if (file.jvm.files.length === 0) return
      for (const { client, name, text } of filesOf(file)) {
        if (isAllowed(file.jvm.files, text) && text.startsWith('/')) continue
        yield {
          at: client.at(name),
          problem: `${shown('file', text)} is not in the list of allowed files${place(file.jvm.files)}: full paths are compared letter by letter, and a folder does not stand for what is in it`,
          remedy: 'List the full path.',
          paste: `-D${allowedFiles}=${shown('file', text)}`,
        }
      }
    },
  },
]

function place(lists: readonly AllowList[]): string {
  const line = lists[0]?.line ?? 0
  return line > 0 ? ` of line ${line}` : ' of the environment'
}

/** Where one of them is nearly the same. */
function near(lists: readonly AllowList[], text: string): string {
  const entries = lists.flatMap((list) => list.entries)
  const bare = (one: string): string => one.replace(/^["']|["']$/g, '').replace(/\/+$/, '')
  const host = (one: string): string => bare(one).replace(/\/\/(?:localhost|127\.0\.0\.1|\[::1\])/i, '//loopback')
  if (entries.some((entry) => /["']/.test(entry) && bare(entry) === bare(text)))
    return ': the quotes there are a part of it'
  if (entries.some((entry) => bare(entry) === bare(text))) return ', which differs by a slash at the end'
  if (entries.some((entry) => host(entry) === host(text))) return ', which has another name for the same host'
  return ''
}
