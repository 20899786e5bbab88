import { gcp } from '../../../src/sources/google/gcp.ts'
import { nodePlatform } from '../../../src/platform/platform.ts'
import { TokenError } from '../../../src/token/error.ts'

// A process of its own, as the sidecar is: environment, proxy and trust are read as Node reads them at its start.
// Not to be run by hand without this: the metadata server of the machine would be asked for a token.
if (!process.env['GCE_METADATA_HOST']) throw new Error('GCE_METADATA_HOST has to name a fake')
const world = {
  platform: nodePlatform(),
  profile: 'default',
  emit: () => undefined,
  fetchTimeoutMs: 10_000,
  defaultIssuer: '',
  lasting: (_what: string, make: () => never) => make(),
  changed: () => undefined,
  source: () => {
    throw new Error('there is no other profile')
  },
}
const source = gcp.create(gcp.options.parse({}), world)
try {
  const { value, subject } = await source.getToken({ profile: 'default' }, AbortSignal.timeout(15_000))
  console.log(JSON.stringify({ value: value.reveal(), subject }))
} catch (thrown) {
  console.log(JSON.stringify({ error: thrown instanceof TokenError ? thrown.description : String(thrown) }))
}
