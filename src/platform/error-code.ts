/** The code that Node gives an error, as in ENOENT; without one, the error as text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
