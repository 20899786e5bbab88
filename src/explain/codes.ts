import type { ErrorCode, ErrorRow } from '../token/error.ts'
import { errorTable } from '../token/error-table.ts'
import type { Trouble } from './trouble.ts'

/** Our own failures: their codes stand at the end of each `error_description`, in logs of clients as in ours. */
export const codeTroubles: readonly Trouble[] = (Object.entries(errorTable) as [ErrorCode, ErrorRow][]).map(
  ([code, { means, hint }]) => ({
    id: code.toLowerCase().replaceAll('_', '-'),
    title: `The sidecar answers ${code}`,
    texts: [{ by: ['java-4', 'java-3', 'librdkafka', 'go', 'python', 'curl'], text: code }],
    cause: means,
    fixes: [{ say: hint }],
    codes: [code],
    seen: { notRun: 'a code of our own: each has its tests where it is made' },
  }),
)
