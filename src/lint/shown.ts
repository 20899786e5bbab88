import { shortened, withoutTokens } from '../platform/shortened.ts'

const secretName =
  /pass(?:word|phrase)|secret|hmac|token$|\.key$|private|credential|jaas|(?:keystore|truststore)\.(?:key|certificates)|\.pem$|\.config$|^sasl\.oauthbearer\.config|pwd|api.?key/i
/** Names that sound like secrets and hold none. */
const openName =
  /(?:file|url|uri|class|location|type|id|name|algorithm|ms|seconds|include|servers|mechanism|protocol|source|method)$/i

/** Whether the value of a setting must never be repeated. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !openName.test(name)
}

/** Values that are whole or useless: paths, URLs and names of classes. */
const placeName = /(?:file|url|uri|location|servers|class|path)$/i

/** A value as it may be repeated: in one line, without tokens, and without user and password of a URL. */
export function shown(name: string, value: string): string {
  if (isSecretName(name)) return '[secret]'
  if (!placeName.test(name) || !/^[\x21-\x7e]{1,400}$/.test(value) || namesSecret.test(value)) return openText(value)
  return withoutUser(withoutTokens(value))
}

/** A line that broke at the wrong place has the next setting in it. */
const namesSecret = /(?:secret|passw|passphrase|hmac|pwd|credential|jaas|token)[\w.]{0,40}["'\s]{0,9}[=:>].*$/i

function withoutUser(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//').replace(/[^/\s:@]{1,100}:[^/\s@]{1,200}@/g, '')
}

/** A text that is no secret by its name, without what looks like one all the same. */
export function openText(value: string): string {
  const [first = ''] = value.slice(0, 500).split(/[\r\n]/)
  const open = withoutUser(shortened(first.replace(namesSecret, '[secret]').replace(/[^\x20-\x7e]+/g, ' ')))
  return open.length > 120 ? `${open.slice(0, 117)}...` : open
}

/** A name as it may be repeated: up to where it is none any more, as a secret may have lost its place. */
export function shownKey(key: string): string {
  const last = key.length > 160 ? `...${key.slice(-120)}` : key
  const name = last.split(/[=:"'<>\s\\;,]/)[0] ?? ''
  // Variables are long, but in capitals throughout.
  const words = name.replace(/\b[A-Z0-9]+_[A-Z0-9_]+\b/g, '')
  return name !== '' && /^[\x21-\x7e]+$/.test(name) && !/[\w/+-]{40,}/.test(words) ? name : '...'
}
