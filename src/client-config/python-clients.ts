import { bootstrapOf, commonNotes, confluent, credentials, everyClient, extensions, hasTls } from './credentials.ts'
import { doubleQuoted } from './quoting.ts'
import { lines } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** Asks the endpoint by the standard library; the sidecar keeps the token, so nothing is kept here. */
function fetchToken(target: Target): string {
  const { id, secret } = credentials(target)
  return `FORM = urllib.parse.urlencode({
${lines([
  '    "grant_type": "client_credentials",',
  `    "client_id": ${doubleQuoted(id)},`,
  `    "client_secret": ${doubleQuoted(secret)},`,
  ...(target.scope === undefined ? [] : [`    "scope": ${doubleQuoted(target.scope)},`]),
])}}).encode()


def access_token():
    with urllib.request.urlopen(${doubleQuoted(target.tokenEndpoint)}, FORM, timeout=30) as answer:
        return json.load(answer)["access_token"]
`
}

const extensionsOf = (target: Target): string => {
  const added = extensions(target).map(([name, value]) => `${doubleQuoted(name)}: ${doubleQuoted(value)}`)
  return added.length === 0 ? '' : `\n    def extensions(self):\n        return {${added.join(', ')}}\n`
}

const servers = (target: Target): string => doubleQuoted(bootstrapOf(target))

const kafkaPython = (target: Target): string => `import json
import urllib.parse
import urllib.request

from kafka import KafkaConsumer, KafkaProducer
from kafka.net.sasl.oauth import AbstractTokenProvider

${fetchToken(target)}

class Tokens(AbstractTokenProvider):
    def token(self):
        return access_token()
${extensionsOf(target)}

configuration = {
    "bootstrap_servers": ${servers(target)},
    "security_protocol": ${doubleQuoted(hasTls(target) ? 'SASL_SSL' : 'SASL_PLAINTEXT')},
    "sasl_mechanism": "OAUTHBEARER",
    "sasl_oauth_token_provider": Tokens(),
}
# KafkaProducer(**configuration), KafkaConsumer("orders", **configuration)
`

const aiokafka = (target: Target): string => `import asyncio
import json
import urllib.parse
import urllib.request

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.abc import AbstractTokenProvider
${hasTls(target) ? 'from aiokafka.helpers import create_ssl_context\n' : ''}
${fetchToken(target)}

class Tokens(AbstractTokenProvider):
    async def token(self):
        return await asyncio.to_thread(access_token)
${extensionsOf(target)}

def configuration():
    return {
        "bootstrap_servers": ${servers(target)},
        "security_protocol": ${doubleQuoted(hasTls(target) ? 'SASL_SSL' : 'SASL_PLAINTEXT')},
${hasTls(target) ? '        "ssl_context": create_ssl_context(),\n' : ''}        "sasl_mechanism": "OAUTHBEARER",
        "sasl_oauth_token_provider": Tokens(),
    }
# AIOKafkaProducer(**configuration()), AIOKafkaConsumer("orders", **configuration())
`

const uses = [...everyClient, ...confluent] as const
const noRenewal =
  'It logs in once for each connection. When the broker ends the session (the token, or connections.max.reauth.ms) it connects anew and asks for a token again; what is sent in that moment may fail and be retried. confluent-kafka renews on open connections.'
const proxyNote =
  'Where http_proxy is set, set no_proxy=localhost,127.0.0.1 too: urllib would ask the proxy for the token.'

export const pythonTools: readonly Tool[] = [
  {
    name: 'kafka-python',
    title: 'Python: kafka-python',
    library: 'other',
    takes: 'endpoint',
    uses,
    source: 'kafka/net/sasl/oauth.py of kafka-python 3.0.12',
    settings: (target) => ({
      snippets: [{ where: 'kafka_client.py', format: 'python', text: kafkaPython(target) }],
      notes: [
        'Before kafka-python 3 the class is kafka.sasl.oauth.AbstractTokenProvider.',
        noRenewal,
        proxyNote,
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'aiokafka',
    title: 'Python: aiokafka',
    library: 'other',
    takes: 'endpoint',
    uses,
    source: 'aiokafka/abc.py of aiokafka 0.14.0',
    settings: (target) => ({
      snippets: [{ where: 'kafka_client.py', format: 'python', text: aiokafka(target) }],
      notes: [noRenewal, proxyNote, ...commonNotes(target)],
    }),
  },
]
