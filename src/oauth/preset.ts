/** Where a provider differs from what the RFCs leave open; what is configured always has the last word. */
export interface Preset {
  /** Audience of a client assertion; default: the issuer. */
  readonly audience?: 'issuer' | 'token-endpoint'
  /** `jti` in each assertion; Kafka's default is without. */
  readonly jtiInclude?: boolean
  /** Lifetime of an assertion in seconds; Kafka's default is 300. */
  readonly expSeconds?: number
  /** Token endpoint, where the provider has just one. */
  readonly tokenEndpoint?: string
  /** `subject_token_type` of a token exchange; default: a JWT. */
  readonly subjectTokenType?: string
  /** `requested_token_type` of a token exchange. */
  readonly requestedTokenType?: string
}

const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

export const presets = {
  // From 26.2 on an assertion needs a jti, is taken once, and not more than 60 s after it was made.
  keycloak: { jtiInclude: true, expSeconds: 60, subjectTokenType: accessToken },
  okta: { audience: 'token-endpoint', jtiInclude: true },
  entra: { audience: 'token-endpoint', jtiInclude: true },
  auth0: { jtiInclude: true, expSeconds: 60 },
  confluent: {
    tokenEndpoint: 'https://api.confluent.cloud/sts/v1/oauth2/token',
    requestedTokenType: accessToken,
  },
  ping: { audience: 'token-endpoint', jtiInclude: true },
} as const satisfies Record<string, Preset>

export type PresetName = keyof typeof presets
