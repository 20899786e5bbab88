{{/* The configuration file: that of the values, and what follows from the pod around it. */}}
{{- define "kafka-token-sidecar.config" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- $config := deepCopy .Values.config -}}
{{- $admin := mergeOverwrite (dict "host" "0.0.0.0" "port" 14294) ($config.admin | default dict) -}}
{{- $_ := set $config "admin" $admin -}}
{{- if eq .Values.mode "gateway" -}}
{{- $listen := mergeOverwrite (dict "host" "0.0.0.0") ($config.listen | default dict) -}}
{{- $names := include "kafka-token-sidecar.serviceNames" . | fromJsonArray -}}
{{- $_ := set $listen "allowedHosts" (concat $names ($listen.allowedHosts | default list) | uniq) -}}
{{- $replicas := include "kafka-token-sidecar.replicas" . | int -}}
{{- if and (gt $replicas 1) (not (hasKey $listen "replicas")) }}{{ $_ := set $listen "replicas" $replicas }}{{ end -}}
{{- if include "kafka-token-sidecar.tlsSecretName" . -}}
{{- $folder := include "kafka-token-sidecar.tlsFolder" . -}}
{{- $tls := dict "certFile" (print $folder "/tls.crt") "keyFile" (print $folder "/tls.key") -}}
{{- if .Values.tls.clientCaSecretName }}{{ $_ := set $tls "clientCaFile" (include "kafka-token-sidecar.clientCaFolder" . | printf "%s/ca.crt") }}{{ end -}}
{{- $_ := set $listen "tls" $tls -}}
{{- end -}}
{{- $_ := set $config "listen" $listen -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "kafka-token-sidecar.configFolder" -}}/etc/kafka-token-sidecar{{- end -}}
{{- define "kafka-token-sidecar.tlsFolder" -}}/etc/kafka-token-sidecar-tls{{- end -}}
{{- define "kafka-token-sidecar.clientCaFolder" -}}/etc/kafka-token-sidecar-client-ca{{- end -}}

{{- define "kafka-token-sidecar.port" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- dig "listen" "port" 14293 .Values.config | int -}}
{{- end -}}

{{- define "kafka-token-sidecar.adminPort" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- dig "admin" "port" 14294 .Values.config | int -}}
{{- end -}}

{{- define "kafka-token-sidecar.hasTls" -}}
{{- if or (include "kafka-token-sidecar.tlsSecretName" .) (dig "listen" "tls" "" .Values.config) }}true{{ end -}}
{{- end -}}

{{- define "kafka-token-sidecar.portName" -}}
{{- include "kafka-token-sidecar.hasTls" . | eq "true" | ternary "https" "http" -}}
{{- end -}}

{{- define "kafka-token-sidecar.hasService" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- if and (eq .Values.mode "gateway") (hasKey .Values.service "enabled" | ternary .Values.service.enabled true) }}true{{ end -}}
{{- end -}}

{{/* What clients may call the gateway by, as JSON. */}}
{{- define "kafka-token-sidecar.serviceNames" -}}
{{- $service := include "kafka-token-sidecar.fullname" . -}}
{{- $inNamespace := printf "%s.%s" $service .Release.Namespace -}}
{{- list $service $inNamespace (print $inNamespace ".svc") (printf "%s.svc.%s" $inNamespace .Values.clusterDomain) | toJson -}}
{{- end -}}
