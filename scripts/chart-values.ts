import * as z from 'zod/mini'
import { described } from '../src/sources/option-text.ts'
import { bool, choice, count, countOrShare, flag, free, list, map, object } from './chart-field.ts'
import { objects, section, text, texts, unset, whole } from './chart-field.ts'
import { monitoring, networkPolicy, service, tls } from './chart-network-values.ts'

/** A schema of its own, docs/config.schema.json, takes the place of this one. */
export const configField = described(
  z._default(free, {}),
  'The configuration file, as in docs/options.md; what it may hold is checked here already. The chart adds where to listen, the certificate, the names of the Service and the number of replicas. Secrets do not belong here: see secretMounts.',
)

const spread = (topologyKey: string) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway' })

/** Everything in values.yaml, in its order. */
export const chartValues = z.strictObject({
  mode: choice(
    'gateway: a Deployment for many clients. sidecar: the configuration for a container in your own pods, by `include`. keeper: keeps delegation tokens of Kafka in Secrets.',
    ['gateway', 'sidecar', 'keeper'],
    'gateway',
  ),
  image: section('The image, under the name that you pushed it to.', {
    repository: text('Registry and name, as registry.example/kafka-token-sidecar. There is no default.'),
    tag: text('Tag. Default: the version of the app.'),
    digest: text('Digest, as sha256:…, which then counts instead of what the tag points to.'),
    pullPolicy: choice('When it is pulled.', ['IfNotPresent', 'Always', 'Never'], 'IfNotPresent'),
  }),
  imagePullSecrets: objects('Secrets for the registry, as [{ name: registry }].'),
  config: configField,
  secretMounts: list('Secrets as files, such as keys and client secrets; a changed one counts without a restart.', {
    secretName: described(z.string().check(z.minLength(1)), 'Name of the Secret.'),
    mountPath: described(z.string().check(z.regex(/^\/./)), 'Folder for its keys, as /var/run/secrets/orders.'),
    items: unset('Some keys only, or other file names.', z.array(free), []),
    optional: unset('Start without it.', bool, true),
  }),
  volumes: objects('Further volumes of the pod.'),
  volumeMounts: objects('Further mounts of the container.'),
  env: objects('Variables, such as HTTPS_PROXY and NODE_EXTRA_CA_CERTS.'),
  envFrom: objects('Variables from ConfigMaps and Secrets.'),
  identity: section(
    'Who the pod is in its cloud, without a key: annotations of the service account, labels of the pod.',
    {
      google: section('GKE, Workload Identity Federation.', {
        serviceAccount: text('Google service account to act as, as kafka@project.iam.gserviceaccount.com.'),
        principalAsEmail: flag(
          'Without serviceAccount: tell the principal of the pod in the form that Managed Kafka takes (iam.gke.io/return-principal-id-as-email).',
        ),
      }),
      aws: section('EKS, roles for service accounts. Pod Identity needs nothing here.', {
        roleArn: text('Role, as arn:aws:iam::123456789012:role/kafka.'),
      }),
      azure: section('AKS, workload identity.', {
        clientId: text('Client id of the application or managed identity.'),
        tenantId: text('Its tenant. Default: that of the cluster.'),
      }),
    },
  ),
  serviceAccount: section('The service account of the pod.', {
    create: unset('Make it. Default: true, in mode sidecar false.', bool, true),
    name: text('Its name. Default: that of the release.'),
    annotations: map('Further annotations.'),
    mountToken: flag(
      'Mount a token for the API server, where the keys of its issuer are asked with one. tokenReview and the keeper do so by themselves, for this container alone.',
    ),
  }),
  tokenReview: section('For callers whose issuer has verifyBy: token-review.', {
    enabled: flag('Bind the service account to system:auth-delegator, and mount its token.'),
  }),
  replicas: unset('How many, of a gateway. Default: 2.', whole(0), 2),
  autoscaling: section('HorizontalPodAutoscaler of a gateway.', {
    enabled: flag('Make it.'),
    minReplicas: count('Least number.', 2, 1),
    maxReplicas: count('Greatest number.', 5, 1),
    targetCPUUtilizationPercentage: count('Share of the requested CPU, in percent.', 70, 1),
    behavior: object('How fast it scales.'),
  }),
  podDisruptionBudget: section('Of a gateway.', {
    enabled: flag('Make it.', true),
    maxUnavailable: unset('How many may be away. Default: 1.', countOrShare, 1),
    minAvailable: unset('Instead: how many have to stay.', countOrShare, 1),
  }),
  service,
  tls,
  networkPolicy,
  monitoring,
  keeper: section('Of mode keeper.', {
    createSecrets: flag(
      'Make the Secrets of config.outlets, empty, and leave them there at uninstall. false where they are there already.',
      true,
    ),
  }),
  doctor: section('`helm test`: a pod that walks from the credentials to the broker.', {
    enabled: flag('Have it.', true),
    profile: text('Profile to try. Where there is none of this name: the first.', 'default'),
    bootstrapServers: text('Brokers to log in to, as kafka.example:9092. Without them it ends at the token.'),
    topic: text('Topic to look at.'),
    args: texts('Further arguments of the doctor, as --broker-ca-file=/etc/kafka/ca.pem.'),
  }),
  resources: section('Empty: what was measured for the mode (docs/operations.md).', {
    requests: object('As { cpu: 100m, memory: 96Mi }.'),
    limits: object('As { memory: 192Mi }. A limit of CPU slows clients down and saves nothing.'),
  }),
  nodeSelector: map('Labels of nodes.'),
  tolerations: objects('Taints of nodes that are tolerated.'),
  affinity: object('Affinity of the pod.'),
  topologySpreadConstraints: objects('How the pods of a gateway are spread; labelSelector is filled in.', [
    spread('kubernetes.io/hostname'),
    spread('topology.kubernetes.io/zone'),
  ]),
  priorityClassName: text('Priority of the pod.'),
  podLabels: map('Further labels of the pod.'),
  podAnnotations: map('Further annotations of the pod.'),
  commonLabels: map('Further labels of every object.'),
  terminationGracePeriodSeconds: count('Has to be longer than listen.drainDelay (5s) and the 3 s after it.', 30, 1),
  openshift: flag('OpenShift chooses user and groups: name none.'),
  podSecurityContext: object('On top of the hardened one of the pod, as { fsGroup: 2000 }.'),
  securityContext: object('On top of the hardened one of the container.'),
  hostNetwork: flag(
    'In mode sidecar: your pod has the network of its node, so that everybody on it reaches the endpoint.',
  ),
  clusterDomain: text('DNS domain of the cluster.', 'cluster.local'),
  nameOverride: text('Instead of the name of the chart.'),
  fullnameOverride: text('Instead of the names of release and chart.'),
  enabled: unset('For the `condition` of a chart that depends on this one; has no effect here.', bool, true),
  global: unset('What a chart around this one has for all; not used.', free, {}),
})
