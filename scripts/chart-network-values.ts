import * as z from 'zod/mini'
import { bool, choice, count, flag, free, map, object, objects, section, text, texts, unset } from './chart-field.ts'

/* What of the values is about the network of a gateway and its observers. */

export const service = section('The Service of a gateway; there is none in other modes.', {
  enabled: unset('Have it. Default: true in mode gateway.', bool, true),
  type: choice('Kind of Service.', ['ClusterIP', 'NodePort', 'LoadBalancer'], 'ClusterIP'),
  port: count('Port that clients ask at.', 14_293, 1),
  annotations: map('Annotations, as of an internal load balancer.'),
  labels: map('Further labels.'),
  loadBalancerClass: text('Class of the load balancer.'),
  loadBalancerSourceRanges: texts('Who may reach the load balancer, as [10.0.0.0/8].'),
  externalTrafficPolicy: unset(
    'Cluster or Local, of NodePort and LoadBalancer.',
    z.enum(['Cluster', 'Local']),
    'Local',
  ),
  trafficDistribution: text('PreferClose keeps requests in their zone (from Kubernetes 1.31 on).'),
})

export const tls = section('The certificate of a gateway. It is read again when it changes.', {
  secretName: text('Secret with tls.crt and tls.key.'),
  certManager: section('Instead: a Certificate of cert-manager.', {
    enabled: flag('Make it.'),
    issuerRef: section('Who signs it.', {
      name: text('Name of the Issuer.'),
      kind: text('Kind of it.', 'Issuer'),
      group: text('API group of it.', 'cert-manager.io'),
    }),
    dnsNames: texts('Further names; those of the Service are in it.'),
    duration: text('How long it is valid.', '2160h'),
    renewBefore: text('How long before its end it is replaced.', '720h'),
    privateKey: object('Kind of key. Default: ECDSA with 256 bits, a new one each time.'),
    annotations: map('Annotations of the Certificate.'),
  }),
  clientCaSecretName: text('Secret whose ca.crt signs client certificates, for callers with `certificate`.'),
})

const peers = 'as [{ namespaceSelector: { matchLabels: { team: orders } } }]'

export const networkPolicy = section(
  'Which connections there may be; of use only where the network plugin enforces it.',
  {
    enabled: flag('Make it.'),
    from: objects(`Who may ask for tokens, ${peers}. Empty: every pod of the namespace.`),
    adminFrom: objects(
      `Who may reach probes and metrics besides the kubelet, ${peers}. Empty: nobody, but with monitoring.serviceMonitor every pod.`,
    ),
    egress: section('Where the sidecar may go.', {
      enabled: flag('Limit it.', true),
      dns: objects(
        'Name servers. Default: every pod of the namespace kube-system. With openshift also those of openshift-dns.',
        [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
      ),
      metadata: z
        ._default(z.array(z.enum(['google', 'aws', 'azure'])), [])
        .check(
          z.describe(
            'Clouds whose metadata addresses may be asked. Those under `identity` and those that are the source of a profile are added.',
          ),
        ),
      ports: z
        ._default(z.array(z.int().check(z.gte(1), z.lte(65_535))), [443])
        .check(
          z.describe(
            'Ports of identity providers and clouds, at any address. Ports of Kafka are added in mode keeper.',
          ),
        ),
      apiServerPorts: z
        ._default(z.array(z.int().check(z.gte(1), z.lte(65_535))), [443, 6443])
        .check(z.describe('Ports of the API server, if it is asked: of the Service and behind it.')),
      to: z
        ._default(z.array(free), [])
        .check(
          z.describe('Instead of any address: peers that have those ports, as [{ ipBlock: { cidr: 10.0.0.0/8 } }].'),
        ),
      extra: objects('Further rules.'),
    }),
  },
)

export const monitoring = section('For the Prometheus operator and Grafana.', {
  serviceMonitor: section('Scrape the metrics, by a Service of their own without an address.', {
    enabled: flag('Make it.'),
    labels: map('Labels by which your Prometheus finds it.'),
    interval: text('How often.', '30s'),
    scrapeTimeout: text('Deadline of one scrape.', '10s'),
    relabelings: objects('Relabelings of the target.'),
    metricRelabelings: objects('Relabelings of the metrics.'),
  }),
  prometheusRule: section('The alerts of examples/monitoring.', {
    enabled: flag('Make it.'),
    labels: map('Labels by which your Prometheus finds it.'),
    disabled: texts('Alerts to leave out, as [KafkaTokenSidecarAbsent].'),
  }),
  dashboard: section('The Grafana dashboard of examples/monitoring, as a ConfigMap for its sidecar.', {
    enabled: flag('Make it.'),
    labels: map('Labels by which Grafana finds it.', { grafana_dashboard: '1' }),
    annotations: map('Annotations, as { grafana_folder: Kafka }.'),
  }),
})
