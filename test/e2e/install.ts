import { installEcosystem } from './ecosystem.ts'
import { installToolchain } from './toolchain.ts'

// What the suites need, ahead of runs that would both install it.
await installToolchain()
await installEcosystem()
