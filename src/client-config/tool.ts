import type { Shading } from './names.ts'

/** What the settings are for. What may be missing stands as `<placeholder>` in what is printed, or is left out. */
export interface Target {
  /** Token endpoint, as written in the settings: Kafka compares it byte by byte. Default `http://localhost:14293/token`. */
  readonly tokenEndpoint: string
  readonly bootstrapServers?: string | undefined
  /** `SASL_PLAINTEXT` for a broker without TLS. Default `SASL_SSL`. */
  readonly securityProtocol?: 'SASL_SSL' | 'SASL_PLAINTEXT' | undefined
  /** Id of a caller; default `unused`, as it is not checked without callers. The secret itself is never taken. */
  readonly clientId?: string | undefined
  readonly scope?: string | undefined
  /** Kafka of the client, where the settings differ. Default: what works with that of every current release of the tool. */
  readonly clientVersion?: '3' | '4' | undefined
  /** Classes of Kafka under another name. */
  readonly shading?: Shading | undefined
  /** Confluent Cloud and Platform, as SASL extensions. */
  readonly logicalCluster?: string | undefined
  readonly identityPoolId?: string | undefined
  /** Settings for a delegation token instead of the endpoint, from a file of properties that a keeper writes. */
  readonly delegationTokenFile?: string | undefined
  /** CA certificates of the endpoint (PEM), where it has TLS with a private CA. */
  readonly endpointCaFile?: string | undefined
  /** What a broker checks; for the broker's side only. */
  readonly trust?: Trust | undefined
}

/** Whose tokens a listener takes. */
export interface Trust {
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly jwksUrl?: string | undefined
  /** Claim that names the principal. Default `sub`. */
  readonly principalClaim?: string | undefined
  /** Name of the listener, in capitals. Default `CLIENT`. */
  readonly listener?: string | undefined
  /** Also a listener for delegation tokens. */
  readonly delegationTokens?: boolean | undefined
}

export type Format =
  | 'properties'
  | 'yaml'
  | 'json'
  | 'xml'
  | 'sh'
  | 'sql'
  | 'toml'
  | 'ini'
  | 'python'
  | 'go'
  | 'csharp'
  | 'js'
  | 'java'
  | 'ruby'
  | 'rust'
  | 'dockerfile'
  | 'text'

/** A piece of settings, and where it goes. */
export interface Snippet {
  /** A file, as `client.properties`, or a variable, as `KAFKA_OPTS`. */
  readonly where: string
  readonly format: Format
  /** Ends with a line break. */
  readonly text: string
}

export interface ToolSettings {
  readonly snippets: readonly Snippet[]
  /** What else has to be so, as a least version; one sentence or two each. */
  readonly notes: readonly string[]
}

/** A Kafka client or a tool that has one. */
export interface Tool {
  /** As on the command line, in kebab-case. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly title: string
  /** The library inside. */
  readonly library: 'java' | 'librdkafka' | 'go' | 'other'
  /**
   * `endpoint`: asks our token endpoint. `static`: takes only a token that does not change. `none`: cannot be helped. `broker`:
   * not a client.
   */
  readonly takes: 'endpoint' | 'static' | 'none' | 'broker'
  /** Options of `Target` that count here, for help and for refusing the others. */
  readonly uses: readonly (keyof Target)[]
  /** Why these settings are not run in `test/e2e/`; undefined where they are, see `test/e2e/verified-clients.json`. */
  readonly notRun?: string
  /** Where the names of the settings come from. */
  readonly source: string
  settings(target: Target): ToolSettings
}
