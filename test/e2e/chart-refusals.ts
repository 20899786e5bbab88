/* Values that are contradictory or unsafe: what is set, on top of what, and the sentence that helm gives. */

type Refusal = readonly [set: string, words: string]

export const ofGateways: readonly Refusal[] = [
  ['image.repository=', 'image.repository is needed'],
  ['tls.secretName=', 'mode gateway needs TLS: write tls.secretName or tls.certManager'],
  ['config.callers=null', 'mode gateway needs config.callers, who prove who they are'],
  ['tls.certManager.enabled=true', 'the certificate comes from one of them; leave the other out'],
  ['tls.secretName=,tls.certManager.enabled=true', 'tls.certManager.issuerRef.name is needed'],
  [
    'config.listen.tls.certFile=/a,config.listen.tls.keyFile=/b',
    'write tls alone, and the chart fills in config.listen.tls',
  ],
  ['tls.secretName=,tls.clientCaSecretName=ca', 'tls.clientCaSecretName goes with tls.secretName or tls.certManager'],
  [
    'config.callers.batch.certificate.sanDns=b.example,config.callers.batch.profiles={default}',
    'config.callers.batch.certificate needs tls.clientCaSecretName',
  ],
  [
    'config.callers.orders-app.profiles={orders}',
    'config.callers.orders-app.profiles: orders is no profile; there is default',
  ],
  [
    'config.callers=null,config.listen.allowAnonymousNetwork=true,service.type=LoadBalancer',
    'gives tokens to everybody who reaches it: write config.callers',
  ],
  [
    'config.profiles.default.source=self-issued,config.profiles.default.subject=a',
    'config.profiles.default.keyFile is needed with 2 replicas',
  ],
  [
    'config.profiles.default.source=self-issued,config.profiles.default.subject=a,autoscaling.enabled=true',
    'config.profiles.default.keyFile is needed with 5 replicas',
  ],
  ['replicas=2,autoscaling.enabled=true', 'the autoscaler decides how many there are; leave replicas out'],
  [
    'autoscaling.enabled=true,autoscaling.minReplicas=9',
    'autoscaling.minReplicas is more than autoscaling.maxReplicas',
  ],
  ['podDisruptionBudget.maxUnavailable=0', 'podDisruptionBudget.maxUnavailable: 0 lets no pod be evicted'],
  ['podDisruptionBudget.maxUnavailable=0%', 'podDisruptionBudget.maxUnavailable: 0% lets no pod be evicted'],
  ['podDisruptionBudget.minAvailable=2', 'podDisruptionBudget.minAvailable: 2 of 2 lets no pod be evicted'],
  ['podDisruptionBudget.minAvailable=80%', 'podDisruptionBudget.minAvailable: 80% of 2 lets no pod be evicted'],
  [
    'podDisruptionBudget.minAvailable=1,podDisruptionBudget.maxUnavailable=1',
    'write minAvailable or maxUnavailable, not both',
  ],
  ['terminationGracePeriodSeconds=8', 'terminationGracePeriodSeconds has to be more than 8: config.listen.drainDelay'],
  ['config.listen.drainDelay=1m30s', 'config.listen.drainDelay: 1m30s is no duration'],
  ['config.listen.drainDelay=1m', 'terminationGracePeriodSeconds has to be more than 63'],
  [
    'secretMounts[0].secretName=a,secretMounts[0].mountPath=/keys,secretMounts[1].secretName=b,secretMounts[1].mountPath=/keys/',
    'secretMounts[1].mountPath: /keys and /keys of secretMounts[0].mountPath would lie over each other',
  ],
  [
    'secretMounts[0].secretName=a,secretMounts[0].mountPath=/etc',
    '/etc and /etc/kafka-token-sidecar of the chart would lie over each other',
  ],
  ['secretMounts[0].secretName=a,secretMounts[0].mountPath=/etc/kafka-token-sidecar/keys', 'write a folder of its own'],
  [
    'volumeMounts[0].name=a,volumeMounts[0].mountPath=/opt/kafka-token-sidecar',
    '/opt/kafka-token-sidecar of the program',
  ],
  ['tokenReview.enabled=true', 'tokenReview.enabled gives a right that nothing uses'],
  [
    'config.issuers.https://idp\\.example.verifyBy=token-review',
    'write tokenReview.enabled: true, which gives the right to ask',
  ],
  [
    'serviceAccount.create=false,identity.aws.roleArn=arn:aws:iam::1:role/a',
    'identity is written on the service account, which somebody else makes',
  ],
  ['identity.azure.tenantId=t', 'identity.azure.tenantId goes with identity.azure.clientId'],
  ['config.admin.port=false', 'config.admin.port has to be a port: kubelet asks there'],
  ['config.admin.port=14293', 'config.admin.port and config.listen.port are the same'],
  ['config.admin.host=localhost', 'config.admin.host has to be an address that kubelet reaches'],
  ['config.listen.host=127.0.0.1', 'a gateway on 127.0.0.1 is reached by nobody'],
  ['config.listen.port=0', 'config.listen.port has to be a port that clients know'],
  ['env[0].name=KTS_PORT,env[0].value=1', 'KTS_PORT would win over what the Service and the probes go by'],
  ['hostNetwork=true', 'hostNetwork is for mode sidecar, whose pod is yours'],
  ['securityContext.privileged=true', 'securityContext.privileged: true is more than the sidecar needs'],
  ['podSecurityContext.runAsUser=0', 'podSecurityContext.runAsUser: 0 is more than the sidecar needs'],
  ['openshift=true,podSecurityContext.fsGroup=1', 'with openshift the cluster chooses user and groups'],
  [
    'service.externalTrafficPolicy=Local',
    'service.externalTrafficPolicy is for service.type NodePort and LoadBalancer',
  ],
  [
    'config.outlets[0].from.delegationToken=a,config.outlets[0].to.kubernetesSecret=jobs/a',
    'only mode keeper has the right to',
  ],
  ['image.repository=registry.example:5000/a:1', 'has a tag or digest; write those as image.tag and image.digest'],
  ['image.digest=sha256:12', 'image.digest: sha256:12 is none'],
  ['fullnameOverride=1st', '1st can be no name of a Service'],
  ['service.loadBalancerSourceRanges={10.0.0.0/8}', 'are for service.type LoadBalancer, and limit nobody else'],
  ['service.type=LoadBalancer', 'networkPolicy.from is needed with service.type LoadBalancer'],
  ['config.callers.a.profiles={default}', 'config.callers.a needs a way to prove who it is'],
  [
    'config.callers=null,config.listen.allowAnonymousNetwork=true,service.type=NodePort',
    'service.type NodePort with config.listen.allowAnonymousNetwork gives tokens to everybody who reaches it',
  ],
  [
    'autoscaling.enabled=true,resources.requests.memory=96Mi',
    'autoscaling.enabled needs resources.requests.cpu: it goes by the share of that',
  ],
  ['securityContext.capabilities.add={NET_ADMIN}', 'is more than the sidecar needs'],
  ['podSecurityContext.seccompProfile.type=Unconfined', 'is more than the sidecar needs'],
  ['volumes[0].name=a,volumes[0].hostPath.path=/', 'volumes[0].hostPath is more than the sidecar needs'],
  ['volumes[0].name=kafka-token-sidecar-config', 'kafka-token-sidecar-config begins as those of the chart do'],
  ['env[0].name=NODE_TLS_REJECT_UNAUTHORIZED,env[0].value=0', 'takes any certificate of a provider'],
  ['doctor.profile=orders', 'doctor.profile: orders is no profile; there is default'],
  ['serviceAccount.create=false,tokenReview.enabled=true', 'the account default is that of every pod of the namespace'],
  ['mode=gatway', "value must be one of 'gateway', 'sidecar', 'keeper'"],
  ['servce.port=1', "additional properties 'servce' not allowed"],
  ['config.profils.a=b', "at '/config': additional properties 'profils' not allowed"],
  ['config.profiles.default.source=gpc', "at '/config/profiles/default/source': value must be one of 'gcp'"],
  [
    'config.profiles.default.clientSecretFil=b',
    "at '/config/profiles/default': additional properties 'clientSecretFil' not allowed",
  ],
  ['replicas=-1', "at '/replicas': minimum: got -1, want 0"],
].map(([set = '', words = '']) => [set, words] as const)

export const ofSidecars: readonly Refusal[] = [
  ['service.enabled=true', 'service belongs to mode gateway, not to sidecar'],
  ['service.type=LoadBalancer', 'service belongs to mode gateway, not to sidecar'],
  ['replicas=2', 'replicas belongs to mode gateway, not to sidecar'],
  ['autoscaling.enabled=true', 'autoscaling belongs to mode gateway, not to sidecar'],
  ['tls.secretName=a', 'tls belongs to mode gateway, not to sidecar'],
  ['networkPolicy.enabled=true', 'networkPolicy belongs to mode gateway, not to sidecar'],
  ['monitoring.serviceMonitor.enabled=true', 'monitoring.serviceMonitor belongs to mode gateway, not to sidecar'],
  ['hostNetwork=true', 'everybody on the node could take tokens; write config.callers'],
  ['config.listen.host=0.0.0.0', 'a sidecar on 0.0.0.0 is reached by other pods as well; leave it out for localhost'],
  ['identity.google.principalAsEmail=true', 'or annotate default yourself'],
]

export const ofKeepers: readonly Refusal[] = [
  ['replicas=2', 'replicas: mode keeper has one'],
  [
    'autoscaling.enabled=true',
    'autoscaling belongs to mode gateway, not to keeper: clients take tokens from the Secret',
  ],
  ['service.enabled=true', 'service belongs to mode gateway, not to keeper'],
  ['serviceAccount.name=default', 'the account default is that of every pod of the namespace'],
  [
    'config.outlets[0].from.delegationToken=a,config.outlets[0].to.kubernetesSecret=jobs/a',
    'config.outlets[0].from.delegationToken: a is none of config.delegationTokens; there is spark',
  ],
  ['config.outlets=null', 'mode keeper needs a Secret to keep: write config.outlets'],
]
