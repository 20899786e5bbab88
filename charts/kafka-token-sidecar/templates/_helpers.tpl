{{/* Name of the app: that of the chart, or its alias in another chart, which may be in camel case. */}}
{{- define "kafka-token-sidecar.name" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- .Values.nameOverride | default (lower .Chart.Name) | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of every object. 52 characters leave room for -metrics and the like. */}}
{{- define "kafka-token-sidecar.fullname" -}}
{{- $name := include "kafka-token-sidecar.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.chart" -}}
{{- printf "kafka-token-sidecar-%s" .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* These never change: a Deployment with other ones cannot be upgraded. */}}
{{- define "kafka-token-sidecar.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kafka-token-sidecar.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "kafka-token-sidecar.labels" -}}
{{- include "kafka-token-sidecar.labelsAnd" (list . dict) -}}
{{- end -}}

{{/* Of a list of the context and further labels. Ours stay as they are, and none stands there twice. */}}
{{- define "kafka-token-sidecar.labelsAnd" -}}
{{- $root := first . -}}
{{- include "kafka-token-sidecar.complete" $root -}}
{{- $ours := include "kafka-token-sidecar.selectorLabels" $root | fromYaml -}}
{{- $_ := set $ours "helm.sh/chart" (include "kafka-token-sidecar.chart" $root) -}}
{{- $_ := set $ours "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- $_ := set $ours "app.kubernetes.io/component" $root.Values.mode -}}
{{- $_ := set $ours "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- merge $ours (deepCopy (last .)) (deepCopy $root.Values.commonLabels) | toYaml -}}
{{- end -}}

{{/* Of our pods. The name is another one where no Service is to find the pod. */}}
{{- define "kafka-token-sidecar.podLabels" -}}
{{- $ours := include "kafka-token-sidecar.selectorLabels" . | fromYaml -}}
{{- $_ := set $ours "app.kubernetes.io/component" .Values.mode -}}
{{- if .Values.identity.azure.clientId }}{{ $_ := set $ours "azure.workload.identity/use" "true" }}{{ end -}}
{{- merge $ours (deepCopy .Values.podLabels) (deepCopy .Values.commonLabels) | toYaml -}}
{{- end -}}

{{- define "kafka-token-sidecar.hasServiceAccount" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- $create := .Values.serviceAccount.create -}}
{{- if kindIs "bool" $create }}{{ if $create }}true{{ end }}{{ else if ne .Values.mode "sidecar" }}true{{ end -}}
{{- end -}}

{{- define "kafka-token-sidecar.serviceAccountName" -}}
{{- if include "kafka-token-sidecar.hasServiceAccount" . -}}
{{- .Values.serviceAccount.name | default (include "kafka-token-sidecar.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.image" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- with .Values.image -}}
{{- if not .repository -}}
{{- fail "image.repository is needed: the name under which you pushed the image, as in --set image.repository=registry.example/kafka-token-sidecar" -}}
{{- end -}}
{{- .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.configMapName" -}}
{{- include "kafka-token-sidecar.fullname" . -}}
{{- end -}}

{{/* The name of the Secret with the certificate of the gateway, if the chart knows of one. */}}
{{- define "kafka-token-sidecar.tlsSecretName" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- if .Values.tls.certManager.enabled -}}
{{- include "kafka-token-sidecar.fullname" . }}-tls
{{- else -}}
{{- .Values.tls.secretName -}}
{{- end -}}
{{- end -}}

{{/* How many there may be at the same time: of an autoscaler the most. */}}
{{- define "kafka-token-sidecar.replicas" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- if ne .Values.mode "gateway" -}}
1
{{- else if .Values.autoscaling.enabled -}}
{{- .Values.autoscaling.maxReplicas | int -}}
{{- else -}}
{{- kindIs "invalid" .Values.replicas | ternary 2 .Values.replicas | int -}}
{{- end -}}
{{- end -}}
