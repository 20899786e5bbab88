/** A request target (RFC 9112 §3.2) as path and query. */
export interface Target {
  /** Below the prefix of the mount; empty when the target is not below it. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
}

/**
 * Takes targets apart that arrive at a mount under `prefix`. Only the origin form has a path here: the absolute one is for
 * proxies, and we are none.
 */
export function targetsBelow(prefix: string): (target: string) => Target {
  const base = prefix.replace(/\/+$/, '')

  function pathBelow(path: string): string {
    if (path === base) return '/'
    return path.startsWith(base) && (base === '' || path[base.length] === '/') ? path.slice(base.length) : ''
  }

  return (target) => {
    const at = target.indexOf('?')
    return at < 0
      ? { path: pathBelow(target), query: '' }
      : { path: pathBelow(target.slice(0, at)), query: target.slice(at + 1) }
  }
}
