import { connect, type DetailedPeerCertificate } from 'node:tls'
import { isIP } from 'node:net'

const timeoutMs = 3_000

/**
 * Who issued the last certificate of the chain that a host shows: the CA that has to be trusted. Asked on a connection of
 * its own that sends nothing, for the words of an error; undefined where it cannot be found out.
 */
export function certificateIssuer({ hostname, port }: URL): Promise<string | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = connect({
    host,
    port: Number(port || 443),
    rejectUnauthorized: false,
    timeout: timeoutMs,
    ...(isIP(host) === 0 && { servername: host }),
  })
  const end = (issuer?: string): void => {
    socket.destroy()
    resolve(issuer)
  }
  socket.once('secureConnect', () => {
    end(nameOf(last(socket.getPeerCertificate(true)).issuer))
  })
  socket.once('error', () => {
    end()
  })
  socket.once('timeout', () => {
    end()
  })
  return promise
}

/** A root is its own issuer; a chain that is not whole ends without one. */
function last(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  const { issuerCertificate: issuer } = certificate as Partial<DetailedPeerCertificate>
  return issuer === undefined || issuer.fingerprint256 === certificate.fingerprint256 ? certificate : last(issuer)
}

function nameOf({ CN, O }: Partial<DetailedPeerCertificate['issuer']> = {}): string | undefined {
  const name = [CN, O].flat().find((text) => typeof text === 'string' && text !== '')
  return name?.replace(/[^\x20-\x7e]/g, '').slice(0, 100)
}
