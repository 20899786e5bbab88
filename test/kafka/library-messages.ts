import * as library from '@platformatic/kafka'
import type { Api } from '../../src/kafka/wire/api.ts'

/** One version of one API, as the library has it. */
export interface Theirs {
  readonly createRequest: (...values: never[]) => library.Writer
  readonly parseResponse: (id: number, key: number, version: number, reader: library.Reader) => unknown
}

/** An independent implementation of the same messages. */
export const theirs = (name: string, version: number) =>
  (library as unknown as Record<string, Theirs>)[`${name}V${version}`] as Theirs

export const versions = <Request, Answer>({ versions: [oldest, newest] }: Api<Request, Answer>) =>
  Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index)
