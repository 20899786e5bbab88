import { loadConfig } from '../config/load.ts'
import type { ProfileConfig } from '../config/schema.ts'
import { defaultProfile } from '../token/profiles.ts'
import type { Command, Flag } from './command.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { quickStart, type IssuedTokens } from './quick-start.ts'
import { readTextFile } from './read-text-file.ts'
import { untilStopped } from './until-stopped.ts'

const flags = [
  {
    name: '--quick-start',
    about: 'Print a curl command and client settings to paste; so it does when a person watches.',
  },
] as const satisfies readonly Flag[]

export const serve: Command = {
  flags,
  takesOptions: true,
  help: (argv) =>
    helpText({
      usage: ['serve [options]'],
      about: 'Listens on port 14293 of this host and answers POST /token with an access token (RFC 6749).',
      examples: [
        ['serve', 'Google Application Default Credentials'],
        ['serve --source self-issued --subject app', 'its own tokens, no cloud needed'],
        ['serve --properties client.properties', 'as a Java client has it (KIP-768, KIP-1139, KIP-1258)'],
        ['serve --config sidecar.yaml', 'several profiles, callers, delegation tokens'],
      ],
      flags,
      optionsFor: argv ?? [],
    }),
  run(argv, terminal) {
    const { switches, rest } = ownFlags(argv, { switches: ['--quick-start'] })
    return untilStopped({
      argv: rest,
      terminal,
      load: (warn) => loadConfig({ argv: rest, env: terminal.env, readFile: readTextFile, warn }),
      async begin(sidecar, { callers, listen, profiles }) {
        const { url } = await sidecar.start()
        // What it prints is for clients that need neither credentials nor a CA.
        const isOpen = Object.keys(callers).length === 0 && !listen.tls
        if ((terminal.isWatched && isOpen) || switches['--quick-start']) {
          terminal.out(quickStart(url, issuedTokens(profiles[defaultProfile], url)))
        }
      },
    })
  },
}

function issuedTokens(profile: ProfileConfig | undefined, url: string): IssuedTokens | undefined {
  if (profile?.source !== 'self-issued') return undefined
  return { issuer: profile.issuer ?? url, audience: [profile.audience].flat().join(',') }
}
