import { formType } from './wire.ts'

/** What a real client sends, as recorded in the facts: headers in lower case, body byte for byte. */
export interface RealClient {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Scope that it asks for. */
  readonly scope?: string
}

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl'
const unused = `Basic ${Buffer.from('unused:unused').toString('base64')}`
const assertionType = 'urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer'

const java = {
  accept: 'application/json',
  'cache-control': 'no-cache',
  pragma: 'no-cache',
  'user-agent': 'Java/17.0.15',
  connection: 'keep-alive',
  'content-type': formType,
}
const go = { 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip', 'content-type': formType }
const librdkafka = { accept: 'application/json', 'content-type': formType }

export const realClients: readonly RealClient[] = [
  {
    name: 'Java 4.3 with a secret',
    headers: { ...java, authorization: unused },
    body: 'grant_type=client_credentials',
  },
  {
    name: 'Java 4.3 with a raw scope',
    headers: { ...java, authorization: unused },
    body: 'grant_type=client_credentials&scope=kafka read ü',
    scope: 'kafka read ü',
  },
  {
    name: 'Java 4.3 with header.urlencode',
    headers: { ...java, authorization: 'Basic aSUyRmQ6cytz' },
    body: 'grant_type=client_credentials&scope=kafka+read',
    scope: 'kafka read',
  },
  {
    name: 'Java 4.3 with a client assertion (KIP-1258)',
    headers: java,
    body: `client_assertion_type=${assertionType}&client_assertion=${jwt}&grant_type=client_credentials&client_id=app&scope=kafka`,
    scope: 'kafka',
  },
  {
    name: 'Java 4.3 with jwt-bearer (KIP-1139)',
    headers: java,
    body: `grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=${jwt}&scope=kafka`,
    scope: 'kafka',
  },
  {
    name: 'Java 3.9, whose JDK sets the Content-type',
    headers: { ...java, authorization: unused },
    body: 'grant_type=client_credentials&scope=kafka+read',
    scope: 'kafka read',
  },
  {
    name: 'librdkafka, which sends no User-Agent',
    headers: { ...librdkafka, authorization: unused },
    body: 'grant_type=client_credentials',
  },
  {
    name: 'librdkafka with a raw scope',
    headers: { ...librdkafka, authorization: unused },
    body: 'grant_type=client_credentials&scope=kafka read',
    scope: 'kafka read',
  },
  {
    name: 'librdkafka with jwt-bearer',
    headers: librdkafka,
    body: `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=${jwt}`,
  },
  {
    name: 'Go x/oauth2 with Basic',
    headers: { ...go, authorization: unused },
    body: 'grant_type=client_credentials&scope=kafka+read',
    scope: 'kafka read',
  },
  {
    name: 'Go x/oauth2 on its second try, with the secret in the body',
    headers: go,
    body: 'client_id=unused&client_secret=unused&grant_type=client_credentials&scope=kafka',
    scope: 'kafka',
  },
  {
    name: 'a client that adds a charset',
    headers: { 'user-agent': 'Apache-HttpClient/5', 'content-type': `${formType}; charset=UTF-8` },
    body: 'grant_type=client_credentials',
  },
  {
    name: 'a client that names resource and audience several times (RFC 8707)',
    headers: { 'user-agent': 'python-requests/2.32', 'content-type': formType },
    body: 'grant_type=client_credentials&audience=a&audience=b&resource=urn%3Aa&resource=urn%3Ab',
  },
]
