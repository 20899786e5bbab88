/** Names of fields that are never printed. Events have no field for a secret; this is the second wall. */
export const redact = {
  paths: ['token', 'access_token', 'value', 'authorization'],
  censor: '[secret]',
}
