#!/usr/bin/env bash
# The real metrics-server answers metrics.k8s.io: it scrapes kwok as if it were the kubelets, where pods use what their annotations
# kwok.x-k8s.io/usage-cpu and usage-memory state. After up.sh; `bash restart.sh metrics-server` kills it.
set -euo pipefail
. "$(dirname "$0")/env.sh"
P=$RUN/pki
# 10 s is the shortest resolution that it accepts; its default is 60 s, that of its manifests 15 s.
start=("$BIN/kubebox" metrics-server --kubeconfig "$RUN/admin.kubeconfig" --authentication-kubeconfig "$RUN/admin.kubeconfig" \
  --authorization-kubeconfig "$RUN/admin.kubeconfig" --bind-address 127.0.0.1 --secure-port "$METRICS_SERVER_PORT" \
  --tls-cert-file "$P/metrics.crt" --tls-private-key-file "$P/metrics.key" --kubelet-certificate-authority "$P/ca.crt" \
  --kubelet-use-node-status-port --kubelet-preferred-address-types InternalIP --metric-resolution 10s --kubelet-request-timeout 5s)
printf '%q ' "${start[@]}" >"$RUN/commands/metrics-server"
bash "$R/restart.sh" metrics-server start
bash "$R/metrics-api.sh" "$METRICS_SERVER_PORT"
