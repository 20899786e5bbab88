/** What is wrong at one place of a file. */
export interface Finding {
  /** Counted from 1; undefined where it is about what is missing. */
  readonly line?: number
  /** The key or element that it is about. */
  readonly key?: string
  /** `error`: will fail. `warning`: may fail, or is not what it looks like. `note`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'note'
  /** In kebab-case; never changes. */
  readonly rule: string
  /** What is wrong. */
  readonly problem: string
  /** What the client or broker then prints, with `<name>` for what differs. */
  readonly printed?: string
  /** What to do. */
  readonly remedy: string
  /** Lines to paste. */
  readonly paste?: string
  /** A trouble of `explain/` that this becomes at run time. */
  readonly trouble?: string
}
