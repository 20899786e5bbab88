"""Reads [[kubernetes version, name, manifest], ...] as JSON and prints what the schemas of Kubernetes say against each."""

import json
import sys

import kubernetes_validate

faults = []
for version, name, manifest in json.load(sys.stdin):
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        faults.append(f"{name}, {version}: {manifest['kind']} {error.path}: {error.message}")
json.dump(faults, sys.stdout)
