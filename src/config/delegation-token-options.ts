import * as z from 'zod/mini'
import { scramMechanisms, securityProtocols } from '../kafka/access.ts'
import { once } from '../platform/once.ts'
import { durationMs } from '../sources/duration.ts'
import { described, filePath, text } from '../sources/option-text.ts'

const serverError = 'must be host:port, or a list of them, as in broker-1:9093,broker-2:9093'
const server = z.string(serverError).check(z.refine(isServer, serverError))

function isServer(address: string): boolean {
  const port = /^(?:\[[0-9a-f:.%]+\]|[^\s:,/[\]]+):([0-9]{1,5})$/i.exec(address)?.[1]
  return port !== undefined && Number(port) < 65_536
}

/** As `bootstrap.servers` of Kafka has it, or a list; always a list afterwards. */
const servers = () =>
  z.pipe(
    z.pipe(
      z.union([text, z.array(text)], serverError),
      z.transform((value) => (typeof value === 'string' ? value.split(',') : value).map((each) => each.trim())),
    ),
    z.array(server).check(z.minLength(1, serverError)),
  )

/** Kafka takes other types for owners, and lets them in as users of that name. */
const principal = () =>
  z.string('must be a text').check(z.regex(/^User:.+$/, 'must be User:<name>; no other type may own or renew tokens'))

const shareError = 'must be a number from 0.1 to 0.95'

/** One delegation token that is kept. Made when a configuration has one. */
export const delegationTokenOptions = once(() =>
  z.strictObject({
    bootstrapServers: described(servers(), 'Brokers where we log in ourselves, as in broker-1:9093,broker-2:9093.'),
    scramBootstrapServers: described(
      z.optional(servers()),
      'Brokers at a listener with SCRAM, where the token is used and tried. Default: bootstrapServers.',
    ),
    login: described(
      z.optional(
        z.union(
          [z.strictObject({ profile: text }), z.strictObject({ propertiesFile: filePath })],
          'must be { profile: <profile> } for a token of that profile, or { propertiesFile: <file> } for what the properties of a Java client say',
        ),
      ),
      'How we log in: by a token of a profile, or as a Java client does. Default: by the client certificate alone.',
    ),
    securityProtocol: described(
      z.optional(z.enum(securityProtocols)),
      'As security.protocol of Kafka. Default: that of the propertiesFile, otherwise SASL_SSL, without login SSL.',
    ),
    tls: described(
      z.optional(
        z.strictObject({
          caFile: described(z.optional(filePath), 'CA certificates of the brokers, in PEM form.'),
          certFile: described(z.optional(filePath), 'Client certificate, in PEM form.'),
          keyFile: described(z.optional(filePath), 'Private key of the client certificate, in PEM form.'),
        }),
      ),
      'Trust towards the brokers, and a client certificate.',
    ),
    principal: described(
      z.optional(principal()),
      'Who the brokers take us for, where they map names. Default: as in the token, the user name, or the certificate.',
    ),
    owner: described(
      z.optional(principal()),
      'Whose rights the holders of the token have. Default: our own, which is more than most jobs should have.',
    ),
    renewers: described(z._default(z.array(principal()), []), 'Who else may renew and expire the token.'),
    maxLifetime: described(
      z.optional(durationMs({ min: '10s', max: '366d' })),
      'How long one token lives, however often it is renewed. Default, and upper limit: that of the brokers, 7 days unless configured.',
    ),
    renewPeriod: described(
      z.optional(durationMs({ min: '5s', max: '366d' })),
      'How long each renewal lasts. Default, and upper limit: that of the brokers, 1 day unless configured.',
    ),
    renewAt: described(
      z._default(z.number(shareError).check(z.refine((share) => share >= 0.1 && share <= 0.95, shareError)), 0.8),
      'When it is renewed, as a share of the time to its expiry.',
    ),
    overlap: described(
      z.prefault(durationMs({ min: '1s', max: '30d' }), '1h'),
      'How long the former token still works after its successor was published; a fifth of the lifetime at most.',
    ),
    checkEvery: described(
      z.prefault(durationMs({ min: '1s', max: '1d' }), '5m'),
      'How often it is tried at every broker, which shows when the secret key of the brokers was replaced.',
    ),
    mechanism: described(z._default(z.enum(scramMechanisms), 'SCRAM-SHA-512'), 'How the token is used.'),
    expireOnStop: described(
      z._default(z.boolean(), false),
      'Expire the token when the sidecar stops, and with it every connection that logs in anew.',
    ),
  }),
)

export type DelegationTokenConfig = z.output<ReturnType<typeof delegationTokenOptions>>
