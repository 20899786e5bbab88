import { bootstrapOf, commonNotes, confluent, credentials, everyClient, extensions, hasTls } from './credentials.ts'
import { doubleQuoted } from './quoting.ts'
import { lines } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** Fields of golang.org/x/oauth2/clientcredentials.Config, which keeps the token until ten seconds before its end. */
function credentialsConfig(target: Target): string {
  const { id, secret } = credentials(target)
  return lines([
    '	credentials := clientcredentials.Config{',
    `		TokenURL:     ${doubleQuoted(target.tokenEndpoint)},`,
    `		ClientID:     ${doubleQuoted(id)},`,
    `		ClientSecret: ${doubleQuoted(secret)},`,
    ...(target.scope === undefined
      ? []
      : [`		Scopes:       []string{${target.scope.split(/\s+/).map(doubleQuoted).join(', ')}},`]),
    '	}',
  ])
}

const extensionMap = (target: Target): string | undefined => {
  const added = extensions(target).map(([name, value]) => `${doubleQuoted(name)}: ${doubleQuoted(value)}`)
  return added.length === 0 ? undefined : `map[string]string{${added.join(', ')}}`
}

function franz(target: Target): string {
  const added = extensionMap(target)
  const seeds = bootstrapOf(target).split(',').map(doubleQuoted).join(', ')
  return `package main

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"golang.org/x/oauth2/clientcredentials"
)

// Options for kgo.NewClient.
func kafkaOptions() []kgo.Opt {
${credentialsConfig(target)}	source := credentials.TokenSource(context.Background())
	return []kgo.Opt{
		kgo.SeedBrokers(${seeds}),
${hasTls(target) ? '		kgo.DialTLS(),\n' : ''}		kgo.SASL(oauth.Oauth(func(context.Context) (oauth.Auth, error) {
			token, err := source.Token()
			if err != nil {
				return oauth.Auth{}, err
			}
			return oauth.Auth{Token: token.AccessToken${added === undefined ? '' : `, Extensions: ${added}`}}, nil
		})),
	}
}
`
}

function sarama(target: Target): string {
  const added = extensionMap(target)
  return `package main

import (
	"context"

	"github.com/IBM/sarama"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type tokens struct{ source oauth2.TokenSource }

func (t tokens) Token() (*sarama.AccessToken, error) {
	token, err := t.source.Token()
	if err != nil {
		return nil, err
	}
	return &sarama.AccessToken{Token: token.AccessToken${added === undefined ? '' : `, Extensions: ${added}`}}, nil
}

var brokers = []string{${bootstrapOf(target).split(',').map(doubleQuoted).join(', ')}}

func kafkaConfig() *sarama.Config {
${credentialsConfig(target)}	config := sarama.NewConfig()
${hasTls(target) ? '	config.Net.TLS.Enable = true\n' : ''}	config.Net.SASL.Enable = true
	config.Net.SASL.Mechanism = sarama.SASLTypeOAuth
	config.Net.SASL.TokenProvider = tokens{credentials.TokenSource(context.Background())}
	return config
}
`
}

const inCode = [
  'x/oauth2 wants an integer in expires_in, which this endpoint sends, and asks again ten seconds before the end.',
  'Where HTTP_PROXY is set: Go itself leaves localhost and 127.0.0.1 out.',
]
const uses = [...everyClient, ...confluent] as const
const caNote =
  'For an endpoint with a private CA put an *http.Client that trusts it into the context: context.WithValue(ctx, oauth2.HTTPClient, client).'

export const goTools: readonly Tool[] = [
  {
    name: 'franz-go',
    aliases: ['franz', 'kgo', 'twmb'],
    title: 'Go: franz-go',
    library: 'go',
    takes: 'endpoint',
    uses,
    source:
      'https://pkg.go.dev/github.com/twmb/franz-go/pkg/sasl/oauth, https://pkg.go.dev/golang.org/x/oauth2/clientcredentials',
    settings: (target) => ({
      snippets: [{ where: 'kafka.go', format: 'go', text: franz(target) }],
      notes: [...inCode, caNote, ...commonNotes(target)],
    }),
  },
  {
    name: 'sarama',
    aliases: ['shopify-sarama', 'ibm-sarama'],
    title: 'Go: sarama',
    library: 'go',
    takes: 'endpoint',
    uses,
    source:
      'https://pkg.go.dev/github.com/IBM/sarama (AccessTokenProvider), https://pkg.go.dev/golang.org/x/oauth2/clientcredentials',
    settings: (target) => ({
      snippets: [{ where: 'kafka.go', format: 'go', text: sarama(target) }],
      notes: [
        'sarama logs in anew when a session ends, as brokers demand (KIP-368), and asks the provider for the token then.',
        ...inCode,
        caNote,
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'kafka-go',
    aliases: ['segmentio', 'segmentio-kafka-go'],
    title: 'Go: segmentio/kafka-go',
    library: 'go',
    takes: 'none',
    uses: [],
    notRun: 'there is nothing to run',
    source: 'sasl/ of segmentio/kafka-go 0.4.51, https://github.com/segmentio/kafka-go/pull/1418 (open)',
    settings: () => ({
      snippets: [],
      notes: [
        'Release 0.4.51 has PLAIN and SCRAM only, no OAUTHBEARER. Its interface sasl.Mechanism can be implemented; franz-go and sarama need no code of that kind.',
      ],
    }),
  },
]
