{{/*
What cannot work or is unsafe, all at once, each with what to write instead. The schema has refused unknown keys before.
*/}}
{{- define "kafka-token-sidecar.refuse" -}}
{{- $faults := list -}}
{{- range list "Names" "Mode" "Ports" "Tls" "Callers" "Replicas" "Budget" "Mounts" "Api" "Pod" "Network" "Doctor" -}}
{{- $faults = concat $faults (include (print "kafka-token-sidecar.faults" .) $ | splitList "\n") -}}
{{- end -}}
{{- with without $faults "" -}}
{{- printf "\n\n%s\n" (join "\n" .) | fail -}}
{{- end -}}
{{- end -}}

{{/* A Service takes the least of all kinds of object. */}}
{{- define "kafka-token-sidecar.faultsNames" -}}
{{- $name := include "kafka-token-sidecar.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
{{ $name }} can be no name of a Service, which begins with a letter and has small letters, digits and - only; write fullnameOverride
{{- end -}}
{{- with .Values.image -}}
{{- if regexMatch "(:[^/]*|@.*)$" .repository }}
image.repository: {{ .repository }} has a tag or digest; write those as image.tag and image.digest
{{- end -}}
{{- if and .digest (not (regexMatch "^sha256:[0-9a-f]{64}$" .digest)) }}
image.digest: {{ .digest }} is none; write sha256: and 64 hexadecimal digits
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What belongs to another mode. */}}
{{- define "kafka-token-sidecar.faultsMode" -}}
{{- $values := .Values -}}
{{- $mode := $values.mode -}}
{{- if ne $mode "gateway" -}}
{{- $service := $values.service -}}
{{- $foreign := dict
  "service" (or $service.enabled (ne $service.type "ClusterIP") (ne (int $service.port) 14293) $service.annotations)
  "autoscaling" $values.autoscaling.enabled
  "tls" (or $values.tls.secretName $values.tls.certManager.enabled $values.tls.clientCaSecretName)
  "tokenReview" $values.tokenReview.enabled -}}
{{- if eq $mode "sidecar" -}}
{{- $_ := set $foreign "replicas" (hasKey $values "replicas") -}}
{{- $_ := set $foreign "networkPolicy" $values.networkPolicy.enabled -}}
{{- $_ := set $foreign "monitoring.serviceMonitor" $values.monitoring.serviceMonitor.enabled -}}
{{- else if and (hasKey $values "replicas") (ne (int $values.replicas) 1) }}
replicas: mode keeper has one, which is replaced by itself when it fails; leave replicas out
{{- end -}}
{{- range $key, $given := $foreign }}{{ if $given }}
{{ $key }} belongs to mode gateway, not to {{ $mode }}: {{ eq $mode "sidecar" | ternary "a sidecar is reached from its own pod alone, and is as many as the pods it is in" "clients take tokens from the Secret that a keeper writes" }}; leave it out, or write mode: gateway
{{- end }}{{ end -}}
{{- end -}}
{{- $tokens := $values.config.delegationTokens | default dict -}}
{{- range $index, $outlet := $values.config.outlets -}}
{{- with $outlet.from.delegationToken -}}
{{- if not (hasKey $tokens .) }}
config.outlets[{{ $index }}].from.delegationToken: {{ . }} is none of config.delegationTokens{{ with keys $tokens }}; there {{ len . | eq 1 | ternary "is" "are" }} {{ sortAlpha . | join ", " }}{{ end }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $secrets := include "kafka-token-sidecar.keptSecrets" . -}}
{{- if and (eq $mode "keeper") (not $secrets) }}
mode keeper needs a Secret to keep: write config.outlets: [{ from: { delegationToken: <name> }, to: { kubernetesSecret: <namespace>/<name> } }]
{{- end -}}
{{- if and (ne $mode "keeper") $secrets }}
config.outlets writes the Secret {{ $secrets }}: only mode keeper has the right to, in a release of its own
{{- end -}}
{{- if $values.hostNetwork -}}
{{- if ne $mode "sidecar" }}
hostNetwork is for mode sidecar, whose pod is yours; a {{ $mode }} has a pod of its own and needs no network of its node
{{- else if not $values.config.callers }}
hostNetwork without config.callers: everybody on the node could take tokens; write config.callers, or leave the network of the node to it
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Where it listens. */}}
{{- define "kafka-token-sidecar.faultsPorts" -}}
{{- $config := .Values.config -}}
{{- $admin := $config.admin | default dict -}}
{{- $listen := $config.listen | default dict -}}
{{- if and (hasKey $admin "port") (not $admin.port) }}
config.admin.port has to be a port: kubelet asks there whether the container lives; leave it out for 14294
{{- else if eq (include "kafka-token-sidecar.adminPort" .) (include "kafka-token-sidecar.port" .) }}
config.admin.port and config.listen.port are the same; leave both out for 14294 and 14293
{{- end -}}
{{- if include "kafka-token-sidecar.isLoopback" ($admin.host | default "0.0.0.0") }}
config.admin.host has to be an address that kubelet reaches; leave it out for 0.0.0.0, where only probes and metrics answer without config.admin.secretFile
{{- end -}}
{{- if and (hasKey $listen "port") (not $listen.port) }}
config.listen.port has to be a port that clients know; leave it out for 14293
{{- end -}}
{{- if and (eq .Values.mode "gateway") (include "kafka-token-sidecar.isLoopback" ($listen.host | default "0.0.0.0")) }}
config.listen.host: a gateway on {{ $listen.host }} is reached by nobody; leave it out for 0.0.0.0, or write mode: sidecar
{{- end -}}
{{- if and (eq .Values.mode "sidecar") (not (include "kafka-token-sidecar.isLoopback" ($listen.host | default "localhost"))) }}
config.listen.host: a sidecar on {{ $listen.host }} is reached by other pods as well; leave it out for localhost, or write mode: gateway
{{- end -}}
{{- range .Values.env -}}
{{- if has .name (list "KTS_HOST" "KTS_PORT" "KTS_ADMIN_HOST" "KTS_ADMIN_PORT" "KTS_CONFIG") }}
env: {{ .name }} would win over what the Service and the probes go by; write config.listen or config.admin instead
{{- end -}}
{{- if and (eq (toString .name) "NODE_TLS_REJECT_UNAUTHORIZED") (eq (toString .value) "0") }}
env: NODE_TLS_REJECT_UNAUTHORIZED=0 takes any certificate of a provider; write NODE_EXTRA_CA_CERTS, the file of your CA
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.isLoopback" -}}
{{- if or (eq . "localhost") (hasPrefix "127." .) (has . (list "::1" "[::1]")) }}true{{ end -}}
{{- end -}}

{{- define "kafka-token-sidecar.faultsTls" -}}
{{- $listen := .Values.config.listen | default dict -}}
{{- with .Values.tls -}}
{{- if and .secretName .certManager.enabled }}
tls.secretName and tls.certManager.enabled: the certificate comes from one of them; leave the other out
{{- end -}}
{{- if and .certManager.enabled (not .certManager.issuerRef.name) }}
tls.certManager.issuerRef.name is needed: the Issuer or ClusterIssuer (kind) that signs the certificate
{{- end -}}
{{- if and $listen.tls (or .secretName .certManager.enabled) }}
config.listen.tls and tls: write tls alone, and the chart fills in config.listen.tls; or mount your files by secretMounts and write config.listen.tls alone
{{- end -}}
{{- if and .clientCaSecretName (not (or .secretName .certManager.enabled)) }}
tls.clientCaSecretName goes with tls.secretName or tls.certManager; with your own config.listen.tls write its clientCaFile
{{- end -}}
{{- end -}}
{{- if eq .Values.mode "gateway" -}}
{{- if not (or (include "kafka-token-sidecar.hasTls" .) $listen.allowPlaintextNetwork) }}
mode gateway needs TLS: write tls.secretName or tls.certManager (or config.listen.allowPlaintextNetwork: true, as in a mesh that encrypts by itself: everybody on the way reads tokens and secrets)
{{- end -}}
{{- $hasClientCa := or .Values.tls.clientCaSecretName (dig "tls" "clientCaFile" "" $listen) -}}
{{- range $name, $caller := .Values.config.callers -}}
{{- if and $caller.certificate (not $hasClientCa) }}
config.callers.{{ $name }}.certificate needs tls.clientCaSecretName: the CA of client certificates
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.faultsCallers" -}}
{{- $config := .Values.config -}}
{{- $listen := $config.listen | default dict -}}
{{- $profiles := $config.profiles | default (dict "default" dict) -}}
{{- if and (eq .Values.mode "gateway") (not $config.callers) -}}
{{- if not $listen.allowAnonymousNetwork }}
mode gateway needs config.callers, who prove who they are (or config.listen.allowAnonymousNetwork: true: everybody who reaches the port can take a token)
{{- else if ne .Values.service.type "ClusterIP" -}}
{{- $ranges := .Values.service.loadBalancerSourceRanges -}}
{{- if or (eq .Values.service.type "NodePort") (not $ranges) (has "0.0.0.0/0" $ranges) (has "::/0" $ranges) }}
service.type {{ .Values.service.type }} with config.listen.allowAnonymousNetwork gives tokens to everybody who reaches it: write config.callers, or service.type LoadBalancer with service.loadBalancerSourceRanges
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $caller := $config.callers -}}
{{- if not (or $caller.secretHashes $caller.assertion $caller.certificate) }}
config.callers.{{ $name }} needs a way to prove who it is: secretHashes, assertion or certificate
{{- end -}}
{{- range $caller.profiles -}}
{{- if not (hasKey $profiles .) }}
config.callers.{{ $name }}.profiles: {{ . }} is no profile; there {{ len $profiles | eq 1 | ternary "is" "are" }} {{ keys $profiles | sortAlpha | join ", " }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
