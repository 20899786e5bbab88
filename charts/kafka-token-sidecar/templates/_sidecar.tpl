{{/*
For charts that depend on this one, with `mode: sidecar` in its values. The context is that of the dependency:

  initContainers:
    {{- include "kafka-token-sidecar.sidecar" (index .Subcharts "kafka-token-sidecar") | nindent 8 }}
  volumes:
    {{- include "kafka-token-sidecar.sidecarVolumes" (index .Subcharts "kafka-token-sidecar") | nindent 8 }}
*/}}

{{/* The native sidecar, as an item of initContainers. It goes before those that need Kafka. */}}
{{- define "kafka-token-sidecar.sidecar" -}}
{{- include "kafka-token-sidecar.sidecarOnly" . -}}
- {{ include "kafka-token-sidecar.container" . | nindent 2 | trim }}
{{- end -}}

{{/* What it mounts, as items of volumes. */}}
{{- define "kafka-token-sidecar.sidecarVolumes" -}}
{{- include "kafka-token-sidecar.sidecarOnly" . -}}
{{- include "kafka-token-sidecar.volumes" . -}}
{{- end -}}

{{/* Labels of the pod that its identity needs; none for most. */}}
{{- define "kafka-token-sidecar.sidecarPodLabels" -}}
{{- include "kafka-token-sidecar.sidecarOnly" . -}}
{{- if ((.Values.identity).azure).clientId -}}
azure.workload.identity/use: "true"
{{- end -}}
{{- end -}}

{{- define "kafka-token-sidecar.sidecarOnly" -}}
{{- if kindIs "invalid" . -}}
{{- fail "kafka-token-sidecar.sidecar wants the context of the dependency: (index .Subcharts \"kafka-token-sidecar\"), or the alias that Chart.yaml gives it" -}}
{{- end -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- if ne .Values.mode "sidecar" -}}
{{- fail (printf "kafka-token-sidecar.sidecar is for mode: sidecar, but the values of %s say mode: %s" .Chart.Name .Values.mode) -}}
{{- end -}}
{{- end -}}
