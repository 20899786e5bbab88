import type { ErrorCode } from '../token/error.ts'

/** Programs whose words are known. */
export type Printer =
  | 'java-4'
  | 'java-3'
  | 'broker'
  | 'librdkafka'
  | 'go'
  | 'python'
  | 'strimzi-client'
  | 'strimzi-broker'
  | 'spark'
  | 'flink'
  | 'curl'

/**
 * A text as a program prints it, with `<name>` for what differs from case to case, as in `Class <class> could not be found.`
 * It is found in a log whatever stands around it, also where a log wraps it or quotes it as JSON.
 */
export interface PrintedText {
  readonly by: readonly Printer[]
  readonly text: string
  /** It is known from the sources of the program alone, or only printed by versions that were not at hand. */
  readonly unseen?: true
}

/** What the `<name>`s of the text were in the log at hand; in documentation the placeholders themselves. */
export type Found = Readonly<Record<string, string>>

/** A sentence, or one that depends on what was found. */
export type Said = string | ((found: Found) => string)

/** One thing that goes wrong, the texts it shows in, and what mends it. The one table behind explain, doctor and the docs. */
export interface Trouble {
  /** In kebab-case; never changes, as documentation links to it. */
  readonly id: string
  /** What is wrong, in one line. */
  readonly title: string
  readonly texts: readonly PrintedText[]
  /** Why it happens, in one or two sentences. */
  readonly cause: Said
  /** What to do, the likeliest first; settings and commands are given as they are pasted. */
  readonly fixes: readonly Fix[]
  /**
   * How much a text of it says of the cause. `wrapper`: others stand beside it that say more, as `Failed to construct kafka
   * producer`. Default `cause`.
   */
  readonly weight?: 'cause' | 'symptom' | 'wrapper'
  /** Rows of the error table about the same. */
  readonly codes?: readonly ErrorCode[]
  /**
   * Where a real program printed each text and the fix helped: the name of a test in `test/e2e/`, or why there is none.
   */
  readonly seen: { readonly in: string } | { readonly notRun: string }
}

export interface Fix {
  readonly say: Said
  /** Lines to paste: properties, a command, ACLs. */
  readonly paste?: Said
}
