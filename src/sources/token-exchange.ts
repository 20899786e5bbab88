import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { tokenExchangeGrant, type PassedToken } from '../oauth/grant.ts'
import { presets, type Preset } from '../oauth/preset.ts'
import { described, filePath, text } from './option-text.ts'
import { clientAssertionOptions } from './provider/assertion-options.ts'
import { checkProvider } from './provider/check.ts'
import { clientAuthOptions, providerOptions } from './provider/options.ts'
import { providerSource } from './provider/provider-source.ts'
import { tokenFile, type TokenFile } from './provider/token-file.ts'
import type { SourceKind, SourceWorld } from './source-kind.ts'

const passedToken = once(() =>
  z.strictObject({
    file: described(
      z.optional(filePath),
      'File that somebody keeps it fresh in, such as a projected Kubernetes token.',
    ),
    profile: described(z.optional(text), 'Profile whose token it is.'),
  }),
)

const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

const options = once(() =>
  z.object({
    ...providerOptions().shape,
    ...clientAuthOptions().shape,
    ...clientAssertionOptions().shape,
    subjectToken: described(passedToken(), 'Token that is exchanged: whose identity the new one has.'),
    subjectTokenType: described(
      z.optional(text),
      `What the subject token is (RFC 8693 section 3). Default: ${tokenType('jwt')}; with the provider keycloak an access token.`,
    ),
    actorToken: described(z.optional(passedToken()), 'Token of who acts for the subject.'),
    actorTokenType: described(z._default(text, tokenType('jwt')), 'What the actor token is.'),
    requestedTokenType: described(
      z.optional(text),
      'Type of token that is asked for. Default: the provider decides; with the provider confluent an access token.',
    ),
  }),
)

/** Exchanges one token for another (RFC 8693). */
export const tokenExchange: SourceKind<'token-exchange', ReturnType<typeof options>> = {
  kind: 'token-exchange',
  summary: 'an identity provider, in exchange for another token (RFC 8693)',
  get options() {
    return options()
  },
  check: (settings) => [
    ...checkProvider(settings, settings.assertion ? 'client authentication' : 'nothing'),
    ...checkPassed(settings.subjectToken, 'subjectToken'),
    ...(settings.actorToken ? checkPassed(settings.actorToken, 'actorToken') : []),
  ],
  create(settings, world) {
    const { subjectToken, subjectTokenType, actorToken, actorTokenType } = settings
    const preset: Preset = settings.provider ? presets[settings.provider] : {}
    const files: TokenFile[] = []
    const passed = (from: z.output<ReturnType<typeof passedToken>>, type: string): PassedToken => ({
      type,
      read: reader(from, world, files),
    })
    const exchange = {
      subject: passed(subjectToken, subjectTokenType ?? preset.subjectTokenType ?? tokenType('jwt')),
      ...(actorToken && { actor: passed(actorToken, actorTokenType) }),
      requestedTokenType: settings.requestedTokenType ?? preset.requestedTokenType,
    }
    return providerSource(
      {
        kind: 'token-exchange',
        settings,
        assertionsAre: settings.assertion ? 'client authentication' : 'nothing',
        grant: () => tokenExchangeGrant(exchange, settings),
        close() {
          for (const file of files) file.close()
        },
      },
      world,
    )
  },
}

function reader(
  { file, profile = '' }: z.output<ReturnType<typeof passedToken>>,
  world: SourceWorld,
  files: TokenFile[],
): PassedToken['read'] {
  if (file === undefined) {
    return async (signal) => (await world.source(profile).getToken({ profile }, signal)).value.reveal()
  }
  // A subject token may be opaque; whether it is good is for the provider to say.
  const watched = tokenFile(file, world, { isJwt: false })
  files.push(watched)
  return () => watched.read()
}

function checkPassed({ file, profile }: z.output<ReturnType<typeof passedToken>>, name: string) {
  if ((file === undefined) !== (profile === undefined)) return []
  return [{ path: [name], problem: 'needs either file or profile' }]
}
