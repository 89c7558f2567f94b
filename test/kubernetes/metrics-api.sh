#!/usr/bin/env bash
# Lets a program on loopback answer metrics.k8s.io: bash metrics-api.sh PORT
set -euo pipefail
. "$(dirname "$0")/env.sh"
# A Service of type ExternalName leads to loopback: endpoints on 127.0.0.1 are refused by validation.
"$BIN/kubebox" kubectl apply -f - <<Y
apiVersion: v1
kind: Service
metadata: {name: metrics-adapter, namespace: kube-system}
spec: {type: ExternalName, externalName: localhost}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  caBundle: $(base64 -w0 "$RUN/pki/ca.crt")
  service: {name: metrics-adapter, namespace: kube-system, port: $1}
Y
"$BIN/kubebox" kubectl wait --for=condition=Available apiservice v1beta1.metrics.k8s.io --timeout=30s >/dev/null
