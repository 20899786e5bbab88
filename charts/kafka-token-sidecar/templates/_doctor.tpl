{{/* As JSON. Of a keeper it goes the way of the first delegation token: the properties of its login, or its profile. */}}
{{- define "kafka-token-sidecar.doctorArgs" -}}
{{- $doctor := .Values.doctor -}}
{{- $config := list "--config" (include "kafka-token-sidecar.configFolder" . | printf "%s/config.yaml") -}}
{{- $profiles := .Values.config.profiles | default (dict "default" dict) -}}
{{- $way := list "--profile" (hasKey $profiles $doctor.profile | ternary $doctor.profile (keys $profiles | sortAlpha | first)) -}}
{{- $servers := $doctor.bootstrapServers -}}
{{- $tokens := .Values.config.delegationTokens | default dict -}}
{{- if and (eq .Values.mode "keeper") $tokens -}}
{{- $token := get $tokens (keys $tokens | sortAlpha | first) -}}
{{- $servers = $servers | default $token.bootstrapServers -}}
{{- $login := $token.login | default dict -}}
{{- if $login.propertiesFile -}}
{{- $config = list -}}
{{- $way = list "--command-config" $login.propertiesFile -}}
{{- else if $login.profile -}}
{{- $way = list "--profile" $login.profile -}}
{{- end -}}
{{- end -}}
{{- if $servers }}{{ $way = concat $way (list "--bootstrap-server" $servers) }}{{ end -}}
{{- if $doctor.topic }}{{ $way = concat $way (list "--topic" $doctor.topic) }}{{ end -}}
{{- concat (list "doctor") $config $way $doctor.args | toJson -}}
{{- end -}}
