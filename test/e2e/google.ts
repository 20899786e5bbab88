import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { connectProxy } from '../fakes/connect-proxy.ts'
import { serviceAccountKey, writeJson } from '../fakes/credential-files.ts'
import { googleEndpoints } from '../fakes/google-endpoints.ts'

/** Who the fakes of Google say we are. */
export const googlePrincipals = {
  metadata: 'kafka@project.iam.gserviceaccount.com',
  key: 'orders@project.iam.gserviceaccount.com',
}

/** Google's token endpoint behind a proxy, as google-auth-library has its address built in, and the environment that leads there. */
export async function serviceAccountKeyWorld(folder: string, expiresIn: number) {
  const authority = certificateAuthority()
  const endpoints = await googleEndpoints({ tls: authority.issue('oauth2.googleapis.com') })
  endpoints.script.expiresIn = expiresIn
  const proxy = await connectProxy(endpoints)
  const ca = join(folder, 'google-ca.pem')
  writeFileSync(ca, authority.cert)
  return {
    endpoints,
    env: {
      GOOGLE_APPLICATION_CREDENTIALS: writeJson(
        join(folder, 'service-account-key.json'),
        serviceAccountKey(googlePrincipals.key),
      ),
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: ca,
    },
    [Symbol.asyncDispose]: async () => {
      await proxy.close()
      await endpoints.close()
    },
  }
}
