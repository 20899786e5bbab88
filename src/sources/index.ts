import { aws } from './aws/aws.ts'
import { azure } from './azure/azure.ts'
import { clientCredentials } from './client-credentials.ts'
import { file } from './file.ts'
import { gcp } from './google/gcp.ts'
import { jwtBearer } from './jwt-bearer.ts'
import { selfIssued } from './self-issued.ts'
import { tokenExchange } from './token-exchange.ts'

/** Every kind of source. A new one is a file beside this one, and a line here. */
export const sourceKinds = [gcp, azure, aws, clientCredentials, jwtBearer, tokenExchange, file, selfIssued] as const
