import type { Product } from './product.ts'

/** What a measurement is run with; what is left out is its own default. */
export interface MeasurementOptions {
  readonly product: Product
  readonly rounds?: number | undefined
  /** Length of one load. */
  readonly seconds?: number | undefined
  readonly connections?: number | undefined
}

export interface Measurement {
  readonly name: string
  /** How it is measured, in one line. */
  readonly about: string
  /** Resolves to a table. */
  run(options: MeasurementOptions): Promise<string>
}
