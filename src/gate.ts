import { anonymousGate } from './callers/anonymous.ts'
import type { Proof } from './callers/caller.ts'
import type { Gate } from './callers/gate.ts'
import type { CallersGate, CallersSettings, CallersWorld } from './callers/index.ts'
import type { Profiles } from './token/profiles.ts'

/** The gate of the configuration of the moment. */
export interface ConfiguredGate extends Gate {
  replace(settings: CallersSettings): void
  /** Resolves when requests need not wait for code to be loaded. */
  readonly ready: () => Promise<void>
  close(): void
}

/** Open to everybody while there are no callers; what checks callers is loaded when there are. */
export function configuredGate(
  first: CallersSettings,
  { profiles, ...world }: CallersWorld & { readonly profiles: Profiles },
): ConfiguredGate {
  const open = anonymousGate(profiles)
  let settings = first
  let loading: Promise<CallersGate> | undefined
  let loaded: CallersGate | undefined

  // Settled once per configuration: each request asks, and there may be thousands of callers.
  let isOpen = hasNoCallers(first)

  function load(): Promise<CallersGate> {
    return (loading ??= import('./callers/index.ts').then(({ callersGate }) => (loaded = callersGate(settings, world))))
  }

  /** Whoever proved who it is is let in as that, also when there are no callers any more. */
  function gateOf(proof: Proof | undefined): Gate {
    if (!proof) return open
    // Nobody has been let in before it was there.
    if (!loaded) throw new Error('the callers are not loaded')
    return loaded
  }

  if (!isOpen) void load().catch(() => undefined)

  return {
    identify(request, form) {
      if (isOpen) return open.identify(request, form)
      return loaded ? loaded.identify(request, form) : load().then((gate) => gate.identify(request, form))
    },
    profileFor: (proof, ...rest) => gateOf(proof).profileFor(proof, ...rest),
    requireDelegationToken(proof, name) {
      gateOf(proof).requireDelegationToken(proof, name)
    },
    get authMethods() {
      return (isOpen ? open : loaded)?.authMethods ?? []
    },
    replace(changed) {
      settings = changed
      isOpen = hasNoCallers(changed)
      loaded?.replace(changed)
      if (!isOpen) void load().catch(() => undefined)
    },
    async ready() {
      if (!isOpen) await load()
    },
    close() {
      loaded?.close()
    },
  }
}

function hasNoCallers({ callers }: CallersSettings): boolean {
  return Object.keys(callers).length === 0
}
