{{/* The spec of a pod that is the sidecar's own. */}}
{{- define "kafka-token-sidecar.podSpec" -}}
serviceAccountName: {{ include "kafka-token-sidecar.serviceAccountName" . | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
securityContext:
  {{- include "kafka-token-sidecar.podSecurityContext" . | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  {{- include "kafka-token-sidecar.volumes" . | nindent 2 }}
{{- end -}}

{{/* fsGroup lets the numeric user read its Secrets. */}}
{{- define "kafka-token-sidecar.podSecurityContext" -}}
{{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if not .Values.openshift -}}
{{- range list "runAsUser" "runAsGroup" "fsGroup" }}{{ $_ := set $context . 10001 }}{{ end -}}
{{- end -}}
{{- mergeOverwrite $context (deepCopy .Values.podSecurityContext) | toYaml -}}
{{- end -}}

{{- define "kafka-token-sidecar.spread" -}}
{{- range .Values.topologySpreadConstraints }}
{{- $selector := dict "matchLabels" (include "kafka-token-sidecar.selectorLabels" $ | fromYaml) }}
- {{ merge (deepCopy .) (dict "labelSelector" $selector) | toYaml | nindent 2 | trim }}
{{- end }}
{{- end -}}
