import type { Meter } from '@opentelemetry/api'
import type { Emit } from '../../token/event.ts'

/**
 * The figures of `/metrics` for OpenTelemetry. With the rules by which names become Prometheus' own they are called the same:
 * `kafka_token_sidecar.requests` becomes `kafka_token_sidecar_requests_total`.
 */
export function instruments(meter: Meter): Emit {
  const requests = meter.createCounter(named('requests'), { description: 'Requests that were answered.' })
  const requestTime = meter.createHistogram(named('request.duration'), {
    unit: 's',
    description: 'Time to the answer of a request.',
  })
  const calls = meter.createCounter(named('upstream.calls'), {
    description: 'Calls of a source for a token, with all their attempts.',
  })
  const callTime = meter.createHistogram(named('upstream.duration'), {
    unit: 's',
    description: 'Time of a call of a source for a token.',
  })
  const expiries = new Map<string, number>()
  const delegationTokenExpiries = new Map<string, number>()
  gauge('token.expiry.timestamp', 'When the token that is given ends.', expiries, 'profile')
  gauge('delegation_token.expiry.timestamp', 'When the delegation token ends.', delegationTokenExpiries, 'name')
  const reloadFailures = meter.createCounter(named('reload.failures'), {
    description: 'Changed files that cannot be used; what they held before is used on.',
  })

  function gauge(name: string, description: string, values: ReadonlyMap<string, number>, label: string): void {
    meter.createObservableGauge(named(name), { unit: 's', description }).addCallback((result) => {
      for (const [key, at] of values) result.observe(at / 1000, { [label]: key })
    })
  }

  return (event) => {
    switch (event.type) {
      case 'request-answered': {
        const { profile, outcome, code, client, tookMs } = event
        requests.add(1, { profile: profile ?? '', outcome, code: code ?? '', client })
        requestTime.record(tookMs / 1000, { outcome })
        return
      }
      case 'token-obtained':
      case 'token-failed': {
        const { profile, source, tookMs } = event
        const outcome = event.type === 'token-obtained' ? 'token' : 'failed'
        calls.add(1, { profile, source, outcome })
        callTime.record(tookMs / 1000, { profile, source })
        if (event.type === 'token-obtained') expiries.set(profile, event.expiresAt)
        return
      }
      case 'token-unchanged':
        calls.add(1, { profile: event.profile, source: event.source, outcome: 'token' })
        return
      case 'token-dropped':
        expiries.delete(event.profile)
        return
      case 'delegation-token-changed':
        delegationTokenExpiries.set(event.name, event.expiresAt)
        return
      case 'reload-failed':
        reloadFailures.add(1)
        return
      default:
        return
    }
  }
}

function named(name: string): string {
  return `kafka_token_sidecar.${name}`
}
