import { bootstrapOf, commonNotes, confluent, credentials, everyClient, extensions, hasTls } from './credentials.ts'
import { yamlScalar } from './quoting.ts'
import { lines, yamlMapping, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** The scaler wants all of it among authentication parameters. */
function keda(target: Target): string {
  const { id, secret } = credentials(target)
  const added = extensions(target).map((pair) => pair.join('='))
  const parameters: Setting[] = [
    ['sasl', 'oauthbearer'],
    ['saslTokenProvider', 'bearer'],
    ['username', id],
    ['password', secret],
    ['oauthTokenEndpointUri', target.tokenEndpoint],
    ['scopes', (target.scope ?? 'kafka').split(/\s+/).join()],
    ...(added.length === 0 ? [] : ([['oauthExtensions', added.join()]] as const)),
    ['tls', hasTls(target) ? 'enable' : 'disable'],
  ]
  return `apiVersion: v1
kind: Secret
metadata:
  name: kafka-oauth
stringData:
${yamlMapping(parameters, 2)}---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: kafka-oauth
spec:
  secretTargetRef:
${lines(parameters.map(([name]) => `    - { parameter: ${name}, name: kafka-oauth, key: ${name} }`))}---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: orders
spec:
  scaleTargetRef:
    name: orders
  triggers:
    - type: kafka
      metadata:
        bootstrapServers: ${yamlScalar(bootstrapOf(target))}
        consumerGroup: orders
        topic: orders
      authenticationRef:
        name: kafka-oauth
`
}

function dapr(target: Target): string {
  const { id, secret } = credentials(target)
  const metadata: Setting[] = [
    ['brokers', bootstrapOf(target)],
    ['authType', 'oidc'],
    ['oidcTokenEndpoint', target.tokenEndpoint],
    ['oidcClientID', id],
    ['oidcClientSecret', secret],
    ...(target.scope === undefined ? [] : ([['oidcScopes', target.scope.split(/\s+/).join()]] as const)),
    ...(hasTls(target) ? [] : ([['disableTls', 'true']] as const)),
  ]
  const entries = metadata.flatMap(([name, value]) => [`    - name: ${name}`, `      value: ${yamlScalar(value)}`])
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: kafka
spec:
  type: pubsub.kafka
  version: v1
  metadata:
${lines(entries)}`
}

export const kubernetesTools: readonly Tool[] = [
  {
    name: 'keda',
    title: 'KEDA, scaler kafka',
    library: 'go',
    takes: 'endpoint',
    uses: [...everyClient, ...confluent],
    notRun: 'it needs a whole cluster; sarama with x/oauth2, which is inside, is run',
    source: 'pkg/scalers/kafka_scaler.go of kedacore/keda 2.21.0',
    settings: (target) => ({
      snippets: [{ where: 'scaledobject.yaml', format: 'yaml', text: keda(target) }],
      notes: [
        'The operator of KEDA asks, not your pod: localhost is there its own. Run a gateway (docs/gateway.md), and give its URL with --url and a caller with --client-id.',
        'The scaler apache-kafka (experimental) has no oauthbearer. A scope that the profile does not allow does no harm: it is passed over.',
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'dapr',
    title: 'Dapr, pubsub.kafka and bindings.kafka',
    library: 'go',
    takes: 'endpoint',
    uses: everyClient,
    notRun: 'its module cannot be had from the Go proxy; sarama with x/oauth2, which is inside, is run',
    source:
      'https://docs.dapr.io/reference/components-reference/supported-pubsub/setup-apache-kafka/, pubsub/kafka/metadata.yaml of dapr/components-contrib',
    settings: (target) => ({
      snippets: [{ where: 'kafka.yaml', format: 'yaml', text: dapr(target) }],
      notes: [
        'daprd asks, which runs in the pod of the application: a sidecar beside it is reached by localhost.',
        'Without oidcScopes Dapr asks for the scope openid, which is passed over unless the profile allows it.',
        ...commonNotes(target),
      ],
    }),
  },
]
