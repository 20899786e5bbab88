/**
 * Whom an address stands for where neighbours have to be kept apart: IPv4 by itself, IPv6 by its first 64 bits, of which one
 * host has all the rest (RFC 6177). The same for all whose address is not known.
 */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const ipv4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (ipv4 !== undefined) return ipv4
  const [before = '', after] = (address.split('%', 1)[0] ?? '').split('::')
  const head = groupsOf(before)
  const tail = groupsOf(after ?? '')
  const zeros = after === undefined ? 0 : Math.max(8 - head.length - tail.length, 0)
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail]
  return groups.slice(0, 4).map(plain).join(':')
}

/** An IPv4 address at the end takes the room of two. */
function groupsOf(text: string): readonly string[] {
  return text.split(':').flatMap((group) => (group === '' ? [] : group.includes('.') ? ['', ''] : [group]))
}

function plain(group: string): string {
  return group.replace(/^0+(?=.)/, '').toLowerCase()
}
