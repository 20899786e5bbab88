/** Names of the attributes that certificates have, all in small letters; what is not here is compared by its name as written. */
const objectIds: Readonly<Record<string, string>> = {
  cn: '2.5.4.3',
  commonname: '2.5.4.3',
  sn: '2.5.4.4',
  surname: '2.5.4.4',
  serialnumber: '2.5.4.5',
  c: '2.5.4.6',
  countryname: '2.5.4.6',
  l: '2.5.4.7',
  localityname: '2.5.4.7',
  st: '2.5.4.8',
  s: '2.5.4.8',
  stateorprovincename: '2.5.4.8',
  street: '2.5.4.9',
  streetaddress: '2.5.4.9',
  o: '2.5.4.10',
  organizationname: '2.5.4.10',
  ou: '2.5.4.11',
  organizationalunitname: '2.5.4.11',
  t: '2.5.4.12',
  title: '2.5.4.12',
  gn: '2.5.4.42',
  givenname: '2.5.4.42',
  dnqualifier: '2.5.4.46',
  organizationidentifier: '2.5.4.97',
  uid: '0.9.2342.19200300.100.1.1',
  userid: '0.9.2342.19200300.100.1.1',
  dc: '0.9.2342.19200300.100.1.25',
  domaincomponent: '0.9.2342.19200300.100.1.25',
  e: '1.2.840.113549.1.9.1',
  email: '1.2.840.113549.1.9.1',
  emailaddress: '1.2.840.113549.1.9.1',
}

/** One attribute with its value, in quotes or not, and what separates it from the next. */
const attribute =
  /\s*([A-Za-z][\w-]*|\d+(?:\.\d+)*|OID\.\d+(?:\.\d+)*)\s*=(?:\s*"((?:[^"\\]|\\.)*)"\s*|((?:[^,;+"\\]|\\.)*))([,;+]|$)/isy

/**
 * One spelling for all that RFC 4514 allows for the same name: spaces around separators, names of attributes in any case, as
 * words or as object identifiers, and each way to escape. Values and their order stay. Undefined for what is no name.
 */
export function normalizedDn(text: string): string | undefined {
  const names: (readonly [string, string])[][] = [[]]
  attribute.lastIndex = 0
  for (;;) {
    const [, type = '', quoted, plain = '', separator] = attribute.exec(text) ?? []
    if (separator === undefined) return undefined
    names.at(-1)?.push([normalizedType(type), unescaped(quoted ?? withoutSpaces(plain))])
    if (separator === '') break
    if (separator !== '+') names.push([])
  }
  // Those of one set, as in CN=a+UID=b, have no order.
  return JSON.stringify(names.map((set) => set.map((pair) => JSON.stringify(pair)).sort()))
}

/**
 * RFC 4514 of a subject as `X509Certificate` has it: a line for each set of attributes, the most general one first. Undefined,
 * which its type does not say, where there is none, as in certificates of SPIFFE.
 */
export function dnOfSubject(subject: string | undefined): string {
  return (subject ?? '').split('\n').reverse().join(',').replaceAll(' + ', '+')
}

function normalizedType(type: string): string {
  const name = type.toLowerCase().replace(/^oid\./, '')
  return Object.hasOwn(objectIds, name) ? (objectIds[name] ?? name) : name
}

/** A space at the end that is escaped belongs to the value. */
function withoutSpaces(plain: string): string {
  const trimmed = plain.trimEnd()
  let backslashes = 0
  while (trimmed.at(-1 - backslashes) === '\\') backslashes++
  return plain.slice(0, trimmed.length + (backslashes % 2)).trimStart()
}

function unescaped(value: string): string {
  return value.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gis, (_all, hex: string | undefined, character: string) =>
    hex === undefined ? character : Buffer.from(hex.replaceAll('\\', ''), 'hex').toString(),
  )
}
