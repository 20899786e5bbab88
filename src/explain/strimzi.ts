import { strimziClientTroubles } from './strimzi-client.ts'
import { strimziSettingTroubles } from './strimzi-settings.ts'
import { strimziTokenTroubles } from './strimzi-token.ts'
import type { Trouble } from './trouble.ts'

/** What Strimzi's OAuth library prints, at brokers and at clients. */
export const strimziTroubles: readonly Trouble[] = [
  ...strimziSettingTroubles,
  ...strimziTokenTroubles,
  ...strimziClientTroubles,
]
