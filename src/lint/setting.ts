/** One setting, wherever and however a file has it. */
export interface Setting {
  /** As it is written, with whatever it is nested in: `producer.sasl.mechanism`, `KAFKA_SASL_MECHANISM`. */
  readonly key: string
  /** The same as Kafka names it, with dots: `sasl.mechanism` after whatever stands before it. */
  readonly path: string
  readonly value: string
  /** Counted from 1. */
  readonly line: number
}

/** `value` is trimmed, as Kafka does with all but passwords. */
export function settingOf(key: string, value: string, line: number, path = key): Setting {
  return { key, path, value: value.trim(), line }
}

/**
 * The value is only known when something else has filled it in: a variable, a template, a config provider, an expression of
 * code, or what documentation leaves to the reader. Nothing can be said of it.
 */
export function isLeftOpen(value: string): boolean {
  return /\$\{|\$\(|\{\{|^<[^<>]*>$|<[A-Z][A-Z0-9_ -]*>|^\$[A-Z_]|%\(|…|\.\.\.|^xxx+$|^\*+$|^\[.*\]$/i.test(
    value.length > 2000 ? value.slice(0, 2000) : value,
  )
}
