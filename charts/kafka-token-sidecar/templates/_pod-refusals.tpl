{{- define "kafka-token-sidecar.faultsReplicas" -}}
{{- if eq .Values.mode "gateway" -}}
{{- if and .Values.autoscaling.enabled (hasKey .Values "replicas") }}
replicas and autoscaling.enabled: the autoscaler decides how many there are; leave replicas out
{{- end -}}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) }}
autoscaling.minReplicas is more than autoscaling.maxReplicas
{{- end -}}
{{- if and .Values.autoscaling.enabled .Values.resources.requests (not .Values.resources.requests.cpu) }}
autoscaling.enabled needs resources.requests.cpu: it goes by the share of that; write it beside the other requests
{{- end -}}
{{- $replicas := include "kafka-token-sidecar.replicas" . | int -}}
{{- if gt $replicas 1 -}}
{{- range $name, $profile := .Values.config.profiles -}}
{{- if and (eq ($profile.source | default "gcp") "self-issued") (not $profile.keyFile) }}
config.profiles.{{ $name }}.keyFile is needed with {{ $replicas }} replicas: all of them have to sign with the same key, from secretMounts; or write replicas: 1
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $written := dig "listen" "drainDelay" "5s" .Values.config -}}
{{- $delay := include "kafka-token-sidecar.seconds" $written | float64 -}}
{{- if not (regexMatch "^[0-9]+(ms|s|m|h|d)?$" (toString $written)) }}
config.listen.drainDelay: {{ $written }} is no duration; write 500ms, 30s or 5m
{{- else if and (ne .Values.mode "sidecar") (le (float64 .Values.terminationGracePeriodSeconds) (addf $delay 3.0)) }}
terminationGracePeriodSeconds has to be more than {{ addf $delay 3.0 }}: config.listen.drainDelay, and 3 s for what is in flight
{{- end -}}
{{- end -}}

{{/* A duration of the configuration, as 500ms, 30s, 5m, 1h or a number of seconds. */}}
{{- define "kafka-token-sidecar.seconds" -}}
{{- $unit := regexFind "[a-z]+$" (toString .) -}}
{{- $number := regexFind "^[0-9.]+" (toString .) | float64 -}}
{{- mulf $number (get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 "d" 86400.0 "" 1.0) $unit | default 1.0) -}}
{{- end -}}

{{/* A budget that lets no pod go blocks every drain of a node. */}}
{{- define "kafka-token-sidecar.faultsBudget" -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- if and (eq .Values.mode "gateway") $budget.enabled -}}
{{- $replicas := .Values.autoscaling.enabled | ternary (.Values.autoscaling.minReplicas | int) (include "kafka-token-sidecar.replicas" . | int) -}}
{{- if and (hasKey $budget "minAvailable") (hasKey $budget "maxUnavailable") }}
podDisruptionBudget: write minAvailable or maxUnavailable, not both
{{- end -}}
{{- if and (hasKey $budget "maxUnavailable") (has (toString $budget.maxUnavailable) (list "0" "0%")) }}
podDisruptionBudget.maxUnavailable: {{ $budget.maxUnavailable }} lets no pod be evicted, so that no node can be drained; write 1, or leave it out
{{- end -}}
{{- if hasKey $budget "minAvailable" -}}
{{- $least := toString $budget.minAvailable -}}
{{- $needed := hasSuffix "%" $least | ternary (divf (mulf (trimSuffix "%" $least | float64) $replicas) 100 | ceil) (float64 $least) -}}
{{- if ge ($needed | float64) (float64 $replicas) }}
podDisruptionBudget.minAvailable: {{ $least }} of {{ $replicas }} lets no pod be evicted, so that no node can be drained; write less, more replicas, or podDisruptionBudget.enabled: false
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.faultsMounts" -}}
{{- $taken := dict -}}
{{- range list "configFolder" "tlsFolder" "clientCaFolder" }}{{ $_ := set $taken (include (print "kafka-token-sidecar." .) $) "the chart" }}{{ end -}}
{{- $_ := set $taken "/var/run/secrets/kubernetes.io/serviceaccount" "the token of the pod" -}}
{{- $_ := set $taken "/opt/kafka-token-sidecar" "the program" -}}
{{- range $kind := list "secretMounts" "volumeMounts" -}}
{{- range $index, $mount := get $.Values $kind -}}
{{- $place := printf "%s[%d].mountPath" $kind $index -}}
{{- $path := clean ($mount.mountPath | default "") -}}
{{- range $other, $owner := $taken -}}
{{- if or (hasPrefix (print $other "/") (print $path "/")) (hasPrefix (print (trimSuffix "/" $path) "/") (print $other "/")) }}
{{ $place }}: {{ $path }} and {{ $other }} of {{ $owner }} would lie over each other; write a folder of its own, as /var/run/secrets/kafka
{{- end -}}
{{- end -}}
{{- $_ := set $taken $path $place -}}
{{- end -}}
{{- end -}}
{{- range $index, $volume := .Values.volumes -}}
{{- if hasPrefix "kafka-token-sidecar-" (toString $volume.name) }}
volumes[{{ $index }}].name: {{ $volume.name }} begins as those of the chart do; write another one
{{- end -}}
{{- if hasKey $volume "hostPath" }}
volumes[{{ $index }}].hostPath is more than the sidecar needs, and more than the restricted Pod Security Standard allows; write a Secret, a ConfigMap or emptyDir
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Rights at the API server, and the token for them. */}}
{{- define "kafka-token-sidecar.faultsApi" -}}
{{- $reviewed := list -}}
{{- range $issuer, $how := .Values.config.issuers }}{{ if eq ($how.verifyBy | default "jwks") "token-review" }}{{ $reviewed = append $reviewed $issuer }}{{ end }}{{ end -}}
{{- $hasJwts := false -}}
{{- range .Values.config.callers }}{{ if .assertion }}{{ $hasJwts = true }}{{ end }}{{ end -}}
{{- if and $reviewed (eq .Values.mode "gateway") (not .Values.tokenReview.enabled) }}
config.issuers has verifyBy: token-review for {{ join ", " $reviewed }}: write tokenReview.enabled: true, which gives the right to ask
{{- end -}}
{{- if and .Values.tokenReview.enabled (not $reviewed) }}
tokenReview.enabled gives a right that nothing uses: write config.issuers.<issuer>.verifyBy: token-review, or leave it out
{{- end -}}
{{- if and .Values.serviceAccount.mountToken (not $hasJwts) }}
serviceAccount.mountToken puts a token of the API server into a pod that has no use for it: no caller has an assertion; leave it out
{{- end -}}
{{- if and (include "kafka-token-sidecar.serviceAccountName" . | eq "default") (or .Values.tokenReview.enabled (include "kafka-token-sidecar.keptSecrets" .)) }}
serviceAccount.name: the account default is that of every pod of the namespace, which would get the rights as well; write serviceAccount.create: true, or the name of another one
{{- end -}}
{{- $identity := .Values.identity -}}
{{- if not (include "kafka-token-sidecar.hasServiceAccount" .) -}}
{{- $given := or $identity.google.serviceAccount $identity.google.principalAsEmail $identity.aws.roleArn $identity.azure.clientId -}}
{{- if or $given .Values.serviceAccount.annotations }}
{{ not (empty $given) | ternary "identity" "serviceAccount.annotations" }} is written on the service account, which somebody else makes: write serviceAccount.create: true, or annotate {{ include "kafka-token-sidecar.serviceAccountName" . }} yourself
{{- end -}}
{{- end -}}
{{- if and $identity.azure.tenantId (not $identity.azure.clientId) }}
identity.azure.tenantId goes with identity.azure.clientId
{{- end -}}
{{- end -}}

{{/* What would take back the hardening. */}}
{{- define "kafka-token-sidecar.faultsPod" -}}
{{- range $key := list "securityContext" "podSecurityContext" -}}
{{- $context := get $.Values $key -}}
{{- range $name, $value := $context -}}
{{- $isZero := and (eq $name "runAsUser") (eq (toString $value) "0") -}}
{{- $isOn := and (has $name (list "privileged" "allowPrivilegeEscalation")) (eq (toString $value) "true") -}}
{{- $isOff := and (has $name (list "runAsNonRoot" "readOnlyRootFilesystem")) (eq (toString $value) "false") -}}
{{- $isProfile := and (eq $name "seccompProfile") (ne (toString $value.type) "RuntimeDefault") (ne (toString $value.type) "Localhost") -}}
{{- $isCapable := and (eq $name "capabilities") (or $value.add (not (has "ALL" ($value.drop | default (list "ALL"))))) -}}
{{- if or $isZero $isOn $isOff $isProfile $isCapable }}
{{ $key }}.{{ $name }}: {{ $value }} is more than the sidecar needs, and more than the restricted Pod Security Standard allows; leave it out
{{- end -}}
{{- end -}}
{{- if and $.Values.openshift (or (hasKey $context "runAsUser") (hasKey $context "fsGroup")) }}
{{ $key }}: with openshift the cluster chooses user and groups; leave runAsUser and fsGroup out
{{- end -}}
{{- end -}}
{{- end -}}

{{/* An empty list allows every port, or every address. */}}
{{- define "kafka-token-sidecar.faultsNetwork" -}}
{{- $service := .Values.service -}}
{{- if and (hasKey $service "externalTrafficPolicy") (eq $service.type "ClusterIP") }}
service.externalTrafficPolicy is for service.type NodePort and LoadBalancer; leave it out
{{- end -}}
{{- if and (or $service.loadBalancerClass $service.loadBalancerSourceRanges) (ne $service.type "LoadBalancer") }}
service.loadBalancerClass and service.loadBalancerSourceRanges are for service.type LoadBalancer, and limit nobody else; leave them out
{{- end -}}
{{- $policy := .Values.networkPolicy -}}
{{- if $policy.enabled -}}
{{- if and (ne $service.type "ClusterIP") (not $policy.from) }}
networkPolicy.from is needed with service.type {{ $service.type }}: without it there are pods of the namespace only; write the addresses of the clients, as [{ ipBlock: { cidr: 10.0.0.0/8 } }]
{{- end -}}
{{- range $key := list "dns" "ports" "apiServerPorts" -}}
{{- if and $policy.egress.enabled (not (get $policy.egress $key)) }}
networkPolicy.egress.{{ $key }}: an empty list would allow all of them; leave it out
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.faultsDoctor" -}}
{{- $profiles := .Values.config.profiles | default (dict "default" dict) -}}
{{- $profile := .Values.doctor.profile -}}
{{- if and .Values.doctor.enabled (ne $profile "default") (eq .Values.mode "gateway") (not (hasKey $profiles $profile)) }}
doctor.profile: {{ $profile }} is no profile; there {{ len $profiles | eq 1 | ternary "is" "are" }} {{ keys $profiles | sortAlpha | join ", " }}
{{- end -}}
{{- end -}}
