import { installBeam } from './beam-toolchain.ts'
import { installChartTools } from './chart-toolchain.ts'
import { installEcosystem } from './ecosystem.ts'
import { installImage } from './image-toolchain.ts'
import { installRecipes } from './recipe-toolchain.ts'
import { installToolchain } from './toolchain.ts'

// What the suites need, ahead of runs that would install it at the same time. One after the other: Maven fills one repository.
await installToolchain()
await installEcosystem()
await installChartTools()
await installRecipes()
await installBeam()
await installImage()
