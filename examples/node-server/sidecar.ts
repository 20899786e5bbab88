import { createSidecar, type Sidecar } from 'kafka-token-sidecar'

const { TOKEN_ISSUER: issuer, TOKEN_KEY_FILE: keyFile, ORDERS_SECRET_HASH: hash, TOKEN_HOST: host } = process.env

/** One team, which proves who it is by an id and a secret: on a network nobody gets a token without. */
export const tokens: Sidecar = createSidecar(
  {
    listen: { allowedHosts: host === undefined ? [] : [host] },
    profiles: { orders: { source: 'self-issued', subject: 'orders', audience: 'kafka', issuer, keyFile } },
    callers: { 'orders-app': { secretHashes: hash === undefined ? [] : [hash], profiles: ['orders'] } },
  },
  {
    onEvent: (event) => {
      console.log(JSON.stringify(event))
    },
  },
)
