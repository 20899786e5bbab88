import * as z from 'zod/mini'

const suffix = '/.default'
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** `<resource>/.default`, the one form that Entra ID takes from applications. Undefined for what cannot become one. */
export function toDefaultScope(value: string): string | undefined {
  const scope = value.trim()
  if (/\s/.test(scope)) return undefined
  if (scope.endsWith(suffix) && scope.length > suffix.length) return scope
  if (/^(https?|api):\/\/[^/]+\/?$/.test(scope)) return `${scope.replace(/\/$/, '')}${suffix}`
  return guid.test(scope) ? `${scope}${suffix}` : undefined
}

/** The option of that form. */
export function scopeOption() {
  return z.pipe(
    z.string(),
    z.transform((value, context) => {
      const whole = toDefaultScope(value)
      if (whole !== undefined) return whole
      const message = `must be one resource followed by ${suffix}, such as https://<namespace>.servicebus.windows.net${suffix}`
      context.issues.push({ code: 'custom', input: value, message })
      return z.NEVER
    }),
  )
}
