{{/* What the container mounts. Names of volumes begin with kafka-token-sidecar, as the pod of a sidecar has its own. */}}
{{- define "kafka-token-sidecar.volumeMounts" -}}
{{- include "kafka-token-sidecar.complete" . -}}
- name: kafka-token-sidecar-config
  mountPath: {{ include "kafka-token-sidecar.configFolder" . }}
  readOnly: true
{{- if include "kafka-token-sidecar.tlsSecretName" . }}
- name: kafka-token-sidecar-tls
  mountPath: {{ include "kafka-token-sidecar.tlsFolder" . }}
  readOnly: true
{{- end }}
{{- if .Values.tls.clientCaSecretName }}
- name: kafka-token-sidecar-client-ca
  mountPath: {{ include "kafka-token-sidecar.clientCaFolder" . }}
  readOnly: true
{{- end }}
{{- range $index, $mount := .Values.secretMounts }}
- name: kafka-token-sidecar-secret-{{ $index }}
  mountPath: {{ $mount.mountPath | quote }}
  readOnly: true
{{- end }}
{{- if include "kafka-token-sidecar.hasApiServerUse" . }}
- name: kafka-token-sidecar-api
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}
{{- with .Values.volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kafka-token-sidecar.volumes" -}}
{{- include "kafka-token-sidecar.complete" . -}}
{{- /* The group of a gateway's pod reads its Secrets; a sidecar is in a pod of which nobody knows the group, and mounts them alone. */ -}}
{{- $mode := eq .Values.mode "sidecar" | ternary 0444 0440 -}}
- name: kafka-token-sidecar-config
  configMap:
    name: {{ include "kafka-token-sidecar.configMapName" . }}
{{- with include "kafka-token-sidecar.tlsSecretName" . }}
- name: kafka-token-sidecar-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: {{ $mode }}
{{- end }}
{{- with .Values.tls.clientCaSecretName }}
- name: kafka-token-sidecar-client-ca
  secret:
    secretName: {{ . | quote }}
    defaultMode: {{ $mode }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- range $index, $mount := .Values.secretMounts }}
- name: kafka-token-sidecar-secret-{{ $index }}
  secret:
    secretName: {{ $mount.secretName | quote }}
    defaultMode: {{ $mode }}
    {{- with $mount.items }}
    items:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if $mount.optional }}
    optional: true
    {{- end }}
{{- end }}
{{- if include "kafka-token-sidecar.hasApiServerUse" . }}
{{ include "kafka-token-sidecar.apiVolume" . }}
{{- end }}
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A token of the API server for this container alone, instead of the one that every container of a pod would get. */}}
{{- define "kafka-token-sidecar.apiVolume" -}}
- name: kafka-token-sidecar-api
  projected:
    defaultMode: 0444
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end -}}
