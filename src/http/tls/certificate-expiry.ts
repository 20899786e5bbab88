import type { X509Certificate } from 'node:crypto'
import type { Platform, Timer } from '../../platform/platform.ts'
import type { Emit } from '../../token/event.ts'

export interface CertificateExpiryOptions {
  readonly platform: Pick<Platform, 'now' | 'setTimer'>
  readonly emit: Emit
}

/** Tells in time that a certificate ends. */
export interface CertificateExpiry {
  /** Looks at these certificates from now on instead of the former: at once, and once a day. */
  watch(chain: readonly X509Certificate[]): void
  close(): void
}

const dayMs = 86_400_000
/** Certificates that live for hours or days are replaced when a third of that is left; these are late after it. */
const soonMs = 14 * dayMs

export function certificateExpiry(path: string, { platform, emit }: CertificateExpiryOptions): CertificateExpiry {
  let timer: Timer | undefined

  function look(chain: readonly X509Certificate[]): void {
    const now = platform.now()
    const [own] = chain
    if (!own) return
    const startsAt = own.validFromDate.getTime()
    const endsAt = Math.min(...chain.map((certificate) => certificate.validToDate.getTime()))
    const warnAt = endsAt - Math.min(soonMs, (endsAt - startsAt) / 3)
    if (now >= warnAt) emit({ type: 'warning', message: endInWords(path, endsAt, now) })
    if (now < startsAt) {
      const message = `the TLS certificate in ${path} is not valid before ${iso(startsAt)}: clients refuse it, unless the clock of this host is wrong`
      emit({ type: 'warning', message })
    }
    const next = [warnAt, endsAt].find((at) => at > now) ?? Infinity
    timer = platform.setTimer(
      () => {
        look(chain)
      },
      Math.min(next - now, dayMs),
    )
  }

  return {
    watch(chain) {
      timer?.cancel()
      look(chain)
    },
    close() {
      timer?.cancel()
    },
  }
}

function endInWords(path: string, endsAt: number, now: number): string {
  if (endsAt <= now) {
    return `the TLS certificate in ${path} expired at ${iso(endsAt)}: clients refuse it; put a new one there, which is read without a restart`
  }
  const hours = Math.floor((endsAt - now) / 3_600_000)
  const left = hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
  return `the TLS certificate in ${path} expires at ${iso(endsAt)}, in ${left}: put a new one there, which is read without a restart`
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
