{{/* Made by npm run docs: values.yaml once more, for what is null or not handed on. */}}
{{- define "kafka-token-sidecar.defaults" -}}
{
  "mode": "gateway",
  "image": {
    "repository": "",
    "tag": "",
    "digest": "",
    "pullPolicy": "IfNotPresent"
  },
  "imagePullSecrets": [],
  "config": {},
  "secretMounts": [],
  "volumes": [],
  "volumeMounts": [],
  "env": [],
  "envFrom": [],
  "identity": {
    "google": {
      "serviceAccount": "",
      "principalAsEmail": false
    },
    "aws": {
      "roleArn": ""
    },
    "azure": {
      "clientId": "",
      "tenantId": ""
    }
  },
  "serviceAccount": {
    "name": "",
    "annotations": {},
    "mountToken": false
  },
  "tokenReview": {
    "enabled": false
  },
  "autoscaling": {
    "enabled": false,
    "minReplicas": 2,
    "maxReplicas": 5,
    "targetCPUUtilizationPercentage": 70,
    "behavior": {}
  },
  "podDisruptionBudget": {
    "enabled": true
  },
  "service": {
    "type": "ClusterIP",
    "port": 14293,
    "annotations": {},
    "labels": {},
    "loadBalancerClass": "",
    "loadBalancerSourceRanges": [],
    "trafficDistribution": ""
  },
  "tls": {
    "secretName": "",
    "certManager": {
      "enabled": false,
      "issuerRef": {
        "name": "",
        "kind": "Issuer",
        "group": "cert-manager.io"
      },
      "dnsNames": [],
      "duration": "2160h",
      "renewBefore": "720h",
      "privateKey": {},
      "annotations": {}
    },
    "clientCaSecretName": ""
  },
  "networkPolicy": {
    "enabled": false,
    "from": [],
    "adminFrom": [],
    "egress": {
      "enabled": true,
      "dns": [
        {
          "namespaceSelector": {
            "matchLabels": {
              "kubernetes.io/metadata.name": "kube-system"
            }
          }
        }
      ],
      "metadata": [],
      "ports": [
        443
      ],
      "apiServerPorts": [
        443,
        6443
      ],
      "to": [],
      "extra": []
    }
  },
  "monitoring": {
    "serviceMonitor": {
      "enabled": false,
      "labels": {},
      "interval": "30s",
      "scrapeTimeout": "10s",
      "relabelings": [],
      "metricRelabelings": []
    },
    "prometheusRule": {
      "enabled": false,
      "labels": {},
      "disabled": []
    },
    "dashboard": {
      "enabled": false,
      "labels": {
        "grafana_dashboard": "1"
      },
      "annotations": {}
    }
  },
  "keeper": {
    "createSecrets": true
  },
  "doctor": {
    "enabled": true,
    "profile": "default",
    "bootstrapServers": "",
    "topic": "",
    "args": []
  },
  "resources": {
    "requests": {},
    "limits": {}
  },
  "nodeSelector": {},
  "tolerations": [],
  "affinity": {},
  "topologySpreadConstraints": [
    {
      "maxSkew": 1,
      "topologyKey": "kubernetes.io/hostname",
      "whenUnsatisfiable": "ScheduleAnyway"
    },
    {
      "maxSkew": 1,
      "topologyKey": "topology.kubernetes.io/zone",
      "whenUnsatisfiable": "ScheduleAnyway"
    }
  ],
  "priorityClassName": "",
  "podLabels": {},
  "podAnnotations": {},
  "commonLabels": {},
  "terminationGracePeriodSeconds": 30,
  "openshift": false,
  "podSecurityContext": {},
  "securityContext": {},
  "hostNetwork": false,
  "clusterDomain": "cluster.local",
  "nameOverride": "",
  "fullnameOverride": ""
}
{{- end -}}
