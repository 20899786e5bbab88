import type { ShownCertificate, ShownTls } from '../platform/tls-inspection.ts'
import { trustLines } from './property-lines.ts'
import { broken, type Outcome, type Remedy } from './step.ts'
import { hostAndPort, lengthOf, pasteable } from './words.ts'

/** Somebody has to renew it by then. */
const soonMs = 14 * 86_400_000

export interface Asked {
  /** `host:port` */
  readonly address: string
  readonly checksName: boolean
  readonly nowMs: number
}

/** What a client dislikes about the certificates that it is shown; undefined where it takes them. */
export function faultOf(seen: ShownTls, asked: Asked): Outcome | undefined {
  const { address, nowMs } = asked
  const [own] = seen.chain
  if (!own) return broken(`${address} shows no certificate`)
  // A chain may carry an old root that another path goes around.
  const counting = seen.distrust === undefined ? [own] : seen.chain
  const expired = counting.find(({ validTo }) => validTo < nowMs)
  if (expired) {
    const ago = lengthOf(nowMs - expired.validTo)
    return broken(`the certificate ${expired.subject} that ${address} shows expired ${ago} ago`, {
      code: 'ERR_KAFKA_TLS',
      remedies: [
        {
          say: 'Renew it, and give the brokers the new one: they read it again by kafka-configs.sh, without a restart.',
          paste: reread,
        },
        clock,
      ],
    })
  }
  const early = counting.find(({ validFrom }) => validFrom > nowMs)
  if (early) {
    return broken(
      `the certificate ${early.subject} that ${address} shows is not valid before ${dayOf(early.validFrom)}`,
      {
        code: 'ERR_KAFKA_TLS',
        remedies: [clock],
      },
    )
  }
  if (seen.distrust !== undefined) return distrusted(seen, address, seen.distrust)
  if (asked.checksName && seen.isForOtherName) return otherName(own, address)
  return undefined
}

const reread =
  'kafka-configs.sh --bootstrap-server <server> --alter --entity-type brokers --entity-name <id> --add-config listener.name.<listener>.ssl.keystore.location=<file>'
const clock: Remedy = { say: 'If the date is right, the clock of this host is wrong.', paste: 'timedatectl status' }

function distrusted({ chain }: ShownTls, address: string, code: string): Outcome {
  const last = chain.at(-1)
  const isAlone = chain.length === 1 && last?.isSelfSigned === true
  const what = isAlone ? 'a self-signed certificate' : `a certificate from ${last?.issuer ?? 'somebody'}, an authority`
  const host = hostAndPort(address)?.host ?? address
  return broken(`${address} shows ${what} that is not trusted here (${code})`, {
    code: 'ERR_KAFKA_TLS',
    remedies: [
      {
        say: `Let the client trust ${isAlone ? 'it' : 'that authority'}: its certificate in PEM form.`,
        paste: trustLines,
      },
      {
        say: 'What the broker shows; take the certificate from whoever runs the brokers, as what is shown here could be from anybody on the way.',
        paste: `openssl s_client -connect ${pasteable(address, '<host:port>')} -servername ${pasteable(host, '<host>')} -showcerts </dev/null`,
      },
    ],
  })
}

function otherName({ names, subject }: ShownCertificate, address: string): Outcome {
  const { host, port } = hostAndPort(address) ?? { host: address, port: 0 }
  const known = names.length > 0 ? names : [subject]
  const usable = known.find((name) => pasteable(name, '') !== '')
  return broken(`${address} shows a certificate for ${known.join(', ')}, and not for ${host}`, {
    code: 'ERR_KAFKA_TLS',
    remedies: [
      {
        say: 'Use a name that the certificate has, in bootstrap.servers and in advertised.listeners of the brokers.',
        ...(usable !== undefined && { paste: `bootstrap.servers=${usable}:${port}` }),
      },
      { say: `Or have a certificate made for ${host} too (subject alternative name).` },
    ],
  })
}

/** It is taken, and not for long any more. */
export function expiryDoubt(
  { chain }: ShownTls,
  nowMs: number,
): { readonly found: string; readonly remedies: readonly Remedy[] } | undefined {
  const first = chain
    .filter(({ isSelfSigned }, at) => at === 0 || !isSelfSigned)
    .toSorted((a, b) => a.validTo - b.validTo)[0]
  if (!first || first.validTo - nowMs > soonMs) return undefined
  return {
    found: `${first.subject} expires in ${lengthOf(first.validTo - nowMs)}`,
    remedies: [{ say: 'Renew the certificate of the brokers in time.' }],
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
