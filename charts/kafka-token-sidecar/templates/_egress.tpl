{{/* Rules for what a sidecar asks: names, metadata of its cloud, providers, the API server, Kafka. */}}
{{- define "kafka-token-sidecar.egress" -}}
{{- $egress := .Values.networkPolicy.egress -}}
- to:
    {{- toYaml $egress.dns | nindent 4 }}
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- if .Values.openshift }}
# A policy sees the port of the pods, not that of their Service.
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: openshift-dns
  ports:
    - port: 5353
      protocol: UDP
    - port: 5353
      protocol: TCP
{{- end }}
{{- range include "kafka-token-sidecar.metadataAddresses" . | fromJsonArray }}
- to:
    - ipBlock:
        cidr: {{ .cidr }}
  ports:
    {{- range .ports }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- end }}
- to:
    {{- if $egress.to }}
    {{- toYaml $egress.to | nindent 4 }}
    {{- else }}
    {{- include "kafka-token-sidecar.anywhere" . | nindent 4 }}
    {{- end }}
  ports:
    {{- range include "kafka-token-sidecar.egressPorts" . | fromJsonArray }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- if and $egress.to (include "kafka-token-sidecar.hasApiServerUse" .) }}
- to:
    {{- include "kafka-token-sidecar.anywhere" . | nindent 4 }}
  ports:
    {{- range $egress.apiServerPorts }}
    - port: {{ . | int }}
      protocol: TCP
    {{- end }}
{{- end }}
{{- with $egress.extra }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kafka-token-sidecar.anywhere" -}}
# Any address but link-local ones, where the metadata of the node is.
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      - 169.254.0.0/16
- ipBlock:
    cidr: ::/0
    except:
      - fe80::/10
      - fd00:ec2::/32
{{- end -}}

{{- define "kafka-token-sidecar.metadataAddresses" -}}
{{- $clouds := .Values.networkPolicy.egress.metadata -}}
{{- $identity := .Values.identity -}}
{{- if or $identity.google.serviceAccount $identity.google.principalAsEmail }}{{ $clouds = append $clouds "google" }}{{ end -}}
{{- if $identity.aws.roleArn }}{{ $clouds = append $clouds "aws" }}{{ end -}}
{{- if $identity.azure.clientId }}{{ $clouds = append $clouds "azure" }}{{ end -}}
{{- $sources := dict "gcp" "google" "aws" "aws" "azure" "azure" -}}
{{- range .Values.config.profiles | default (eq .Values.mode "gateway" | ternary (dict "default" dict) dict) -}}
{{- with get $sources (.source | default "gcp") }}{{ $clouds = append $clouds . }}{{ end -}}
{{- end -}}
{{- $addresses := list -}}
{{- if $clouds }}{{ $addresses = append $addresses (dict "cidr" "169.254.169.254/32" "ports" (list 80)) }}{{ end -}}
{{- /* The metadata server of GKE, where kube-proxy has already changed the address. */ -}}
{{- if has "google" $clouds }}{{ $addresses = append $addresses (dict "cidr" "169.254.169.252/32" "ports" (list 987 988)) }}{{ end -}}
{{- /* The agent of EKS Pod Identity, and the metadata of EC2 by IPv6. */ -}}
{{- if has "aws" $clouds -}}
{{- range list "169.254.170.23/32" "fd00:ec2::23/128" "fd00:ec2::254/128" }}{{ $addresses = append $addresses (dict "cidr" . "ports" (list 80)) }}{{ end -}}
{{- end -}}
{{- toJson $addresses -}}
{{- end -}}

{{- define "kafka-token-sidecar.egressPorts" -}}
{{- $egress := .Values.networkPolicy.egress -}}
{{- $ports := $egress.ports -}}
{{- if and (not $egress.to) (include "kafka-token-sidecar.hasApiServerUse" .) }}{{ $ports = concat $ports $egress.apiServerPorts }}{{ end -}}
{{- range .Values.config.delegationTokens -}}
{{- range list .bootstrapServers .scramBootstrapServers -}}
{{- range splitList "," (. | default "") -}}
{{- with regexFind "[0-9]+$" (trim .) }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $whole := list -}}
{{- range $ports }}{{ $whole = append $whole (int .) }}{{ end -}}
{{- $whole | uniq | toJson -}}
{{- end -}}
