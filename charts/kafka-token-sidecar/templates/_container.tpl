{{/*
The container, of whatever mode. In mode sidecar it is an entry of initContainers that stays (restartPolicy: Always).
*/}}
{{- define "kafka-token-sidecar.container" -}}
{{- include "kafka-token-sidecar.complete" . -}}
name: kafka-token-sidecar
image: {{ include "kafka-token-sidecar.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- if eq .Values.mode "sidecar" }}
restartPolicy: Always
{{- end }}
args:
  {{- if eq .Values.mode "keeper" }}
  - delegation-token
  - keep
  {{- else }}
  - serve
  {{- end }}
  - --config
  - {{ include "kafka-token-sidecar.configFolder" . }}/config.yaml
{{- with .Values.env }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- if eq .Values.mode "gateway" }}
  - name: {{ include "kafka-token-sidecar.portName" . }}
    containerPort: {{ include "kafka-token-sidecar.port" . }}
    protocol: TCP
  {{- end }}
  - name: {{ eq .Values.mode "sidecar" | ternary "sidecar-admin" "admin" }}
    containerPort: {{ include "kafka-token-sidecar.adminPort" . }}
    protocol: TCP
{{ include "kafka-token-sidecar.probes" . }}
resources:
  {{- include "kafka-token-sidecar.resources" . | nindent 2 }}
securityContext:
  {{- include "kafka-token-sidecar.securityContext" . | nindent 2 }}
volumeMounts:
  {{- include "kafka-token-sidecar.volumeMounts" . | nindent 2 }}
{{- end -}}

{{/*
That of a sidecar asks whether it listens: its endpoint holds early requests, so a provider that is down keeps no pod from starting.
It asks from within the container, as a mesh proxy that starts later would refuse a probe from outside, and so never start.
*/}}
{{- define "kafka-token-sidecar.probes" -}}
{{- $port := include "kafka-token-sidecar.adminPort" . -}}
startupProbe:
  {{- if eq .Values.mode "sidecar" }}
  exec:
    command:
      - /opt/kafka-token-sidecar/lib/node
      - /opt/kafka-token-sidecar/lib/app/kafka-token-sidecar.js
      - wait
      - --live
      - --timeout=9s
      {{- if ne $port "14294" }}
      - --admin-port={{ $port }}
      {{- end }}
  periodSeconds: 1
  timeoutSeconds: 10
  failureThreshold: 6
  {{- else }}
  httpGet:
    path: {{ eq .Values.mode "gateway" | ternary "/startupz" "/livez" }}
    port: {{ $port }}
  periodSeconds: 1
  failureThreshold: 60
  {{- end }}
{{- if eq .Values.mode "gateway" }}
readinessProbe:
  httpGet:
    path: /readyz
    port: {{ $port }}
  periodSeconds: 5
{{- end }}
livenessProbe:
  httpGet:
    path: /livez
    port: {{ $port }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{/* Measured; docs/operations.md has the figures. */}}
{{- define "kafka-token-sidecar.resources" -}}
{{- $cpu := eq .Values.mode "gateway" | ternary "100m" "10m" -}}
{{- $memory := eq .Values.mode "sidecar" | ternary (list "64Mi" "96Mi") (list "96Mi" "192Mi") -}}
requests:
  {{- .Values.resources.requests | default (dict "cpu" $cpu "memory" (first $memory)) | toYaml | nindent 2 }}
limits:
  {{- .Values.resources.limits | default (dict "memory" (last $memory)) | toYaml | nindent 2 }}
{{- end -}}

{{/* Of the restricted Pod Security Standard, whatever the pod around it says. OpenShift chooses the user itself. */}}
{{- define "kafka-token-sidecar.securityContext" -}}
{{- $context := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "runAsNonRoot" true -}}
{{- $_ := set $context "capabilities" (dict "drop" (list "ALL")) -}}
{{- $_ := set $context "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if not .Values.openshift -}}
{{- $_ := set $context "runAsUser" 10001 -}}
{{- $_ := set $context "runAsGroup" 10001 -}}
{{- end -}}
{{- mergeOverwrite $context (deepCopy .Values.securityContext) | toYaml -}}
{{- end -}}
