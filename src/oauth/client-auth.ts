import type { CallPart, Rotation } from './token-call.ts'
import type { Assertions } from './assertion.ts'

/** RFC 7523 §2.2; SPIFFE has a type of its own. */
export const jwtBearerAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The text of a client secret; with `former` the one before, if there is one. */
export interface ClientSecret extends Rotation {
  read(former?: boolean): Promise<string>
}

/** RFC 6749 §2.3.1. `formEncoded` is what the RFC says and some providers do not know (Kafka: `header.urlencode`). */
export function clientSecretBasic(clientId: string, secret: ClientSecret, formEncoded: boolean): CallPart {
  const encoded = (text: string): string => (formEncoded ? new URLSearchParams({ '': text }).toString().slice(1) : text)
  return {
    rotation: secret,
    async apply({ headers, former }) {
      const pair = `${encoded(clientId)}:${encoded(await secret.read(former))}`
      headers['Authorization'] = `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
    },
  }
}

/** RFC 6749 §2.3.1, in the body. */
export function clientSecretPost(clientId: string, secret: ClientSecret): CallPart {
  return {
    rotation: secret,
    async apply({ params, former }) {
      params.set('client_id', clientId)
      params.set('client_secret', await secret.read(former))
    },
  }
}

/** RFC 7523 §2.2 and KIP-1258. `client_id` is optional there; it is sent where it is known. */
export function privateKeyJwt(clientId: string | undefined, assertions: Assertions, type: string): CallPart {
  return {
    rotation: assertions,
    async apply(call) {
      call.params.set('client_assertion_type', type)
      call.params.set('client_assertion', await assertions.make(call))
      if (clientId !== undefined) call.params.set('client_id', clientId)
    },
  }
}

/** No proof, or one by TLS (RFC 8705 §2): the client says who it is, if it has a name. */
export function clientIdOnly(clientId: string | undefined): CallPart {
  return {
    apply({ params }) {
      if (clientId !== undefined) params.set('client_id', clientId)
    },
  }
}
