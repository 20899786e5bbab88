import type { Api } from './api.ts'

export interface ApiVersionsRequest {
  /** Shown by brokers in their metrics (KIP-511): letters, digits, dashes and dots. */
  readonly clientSoftwareName: string
  readonly clientSoftwareVersion: string
}

export interface ApiVersionsAnswer {
  readonly errorCode: number
  readonly apis: readonly { readonly key: number; readonly oldest: number; readonly newest: number }[]
}

/** UNSUPPORTED_VERSION: whatever version was asked for, the answer has the form of version 0. */
const unsupportedVersion = 35

/** What a broker can do. Its answer never has tagged fields in the header, so that everybody can read it. */
export const apiVersions: Api<ApiVersionsRequest, ApiVersionsAnswer> = {
  name: 'ApiVersions',
  key: 18,
  versions: [0, 3],
  flexibleFrom: 3,
  write(out, { clientSoftwareName, clientSoftwareVersion }, version) {
    if (version < 3) return
    out.string(clientSoftwareName)
    out.string(clientSoftwareVersion)
    out.tags()
  },
  read(from, version) {
    const errorCode = from.int16()
    if (errorCode === unsupportedVersion) return { errorCode, apis: [] }
    const apis = from.array(() => {
      const api = { key: from.int16(), oldest: from.int16(), newest: from.int16() }
      from.tags()
      return api
    })
    if (version >= 1) from.int32()
    from.tags()
    return { errorCode, apis }
  },
}
