/** The executable of an external_account could not be run, or did not answer as it should. Quotes none of its output. */
export class ExecutableFailure extends Error {}
