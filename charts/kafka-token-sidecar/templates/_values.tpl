{{/*
Fills .Values in place, once: whoever writes `service: null` gets the defaults, as does a parent chart that hands on only a part.
*/}}
{{- define "kafka-token-sidecar.complete" -}}
{{- if not (hasKey .Values "_complete") -}}
{{- $given := include "kafka-token-sidecar.withoutNull" .Values | fromJson -}}
{{- $defaults := include "kafka-token-sidecar.defaults" . | fromJson -}}
{{- range $key, $value := mergeOverwrite $defaults $given -}}
{{- $_ := set $.Values $key $value -}}
{{- end -}}
{{- $_ := set .Values "_complete" true -}}
{{- include "kafka-token-sidecar.refuse" . -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.withoutNull" -}}
{{- $kept := dict -}}
{{- range $key, $value := . -}}
{{- if and (kindIs "map" $value) (contains "null" (toJson $value)) -}}
{{- $_ := set $kept $key (include "kafka-token-sidecar.withoutNull" $value | fromJson) -}}
{{- else if not (kindIs "invalid" $value) -}}
{{- $_ := set $kept $key $value -}}
{{- end -}}
{{- end -}}
{{- toJson $kept -}}
{{- end -}}

{{/* What needs a token of the API server, if anything. */}}
{{- define "kafka-token-sidecar.hasApiServerUse" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- $uses := list -}}
{{- if .Values.tokenReview.enabled }}{{ $uses = append $uses "tokenReview" }}{{ end -}}
{{- if .Values.serviceAccount.mountToken }}{{ $uses = append $uses "serviceAccount.mountToken" }}{{ end -}}
{{- if include "kafka-token-sidecar.keptSecrets" . }}{{ $uses = append $uses "outlets" }}{{ end -}}
{{- join "," $uses -}}
{{- end -}}

{{/* Secrets that the configuration writes, as namespace/name with spaces in between. */}}
{{- define "kafka-token-sidecar.keptSecrets" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- $names := list -}}
{{- range .Values.config.outlets -}}
{{- with .to.kubernetesSecret }}{{ $names = append $names . }}{{ end -}}
{{- end -}}
{{- $names | uniq | sortAlpha | join " " -}}
{{- end -}}
