#!/usr/bin/env bash
# KEDA's operator and metrics adapter with KEDA's own custom resources and rights, on loopback. After up.sh; down.sh ends them.
set -euo pipefail
. "$(dirname "$0")/env.sh"
bash "$R/keda-build.sh"
P=$RUN/pki D=$RUN/keda CONFIG=$KEDA_BIN/current/config
k() { "$BIN/kubebox" kubectl "$@"; }
k apply -f "$CONFIG/general/namespace.yaml" >/dev/null
# Server-side: the definition of ScaledJobs is longer than an annotation may be.
k apply --server-side -f "$CONFIG/crd/bases" -f "$CONFIG/service_account/service_account.yaml" -f "$CONFIG/rbac/role.yaml" \
  -f "$CONFIG/rbac/role_binding.yaml" -f "$CONFIG/metrics-server/role.yaml" -f "$CONFIG/metrics-server/role_binding.yaml" >/dev/null
for i in $(seq 1 300); do k get scaledobjects.keda.sh -A >/dev/null 2>&1 && break; sleep 0.1; done
# What a pod of KEDA would have: the token of its account, and the certificate that operator and adapter show each other.
mkdir -p "$D"
cp "$P/ca.crt" "$D/ca.crt"; cp "$P/metrics.crt" "$D/tls.crt"; cp "$P/metrics.key" "$D/tls.key"
(umask 077; cat >"$RUN/keda.kubeconfig" <<K
apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "https://127.0.0.1:$API_PORT", certificate-authority-data: $(base64 -w0 "$P/ca.crt")}}]
users: [{name: keda, user: {token: "$(k create token keda-operator -n keda --duration=48h)"}}]
contexts: [{name: e2e, context: {cluster: e2e, user: keda}}]
current-context: e2e
K
)
start() {
  local n=$1; shift
  KUBECONFIG=$RUN/keda.kubeconfig POD_NAMESPACE=keda KEDA_CLUSTER_OBJECT_NAMESPACE=keda WATCH_NAMESPACE= \
    "$KEDA_BIN/current/$n" "$@" >"$RUN/logs/keda-$n.log" 2>&1 & echo $! >"$RUN/pids/keda-$n"
}
start operator --cert-dir "$D" --metrics-service-bind-address "127.0.0.1:$KEDA_PORT" --metrics-bind-address 0 --health-probe-bind-address 0
# Only its own metrics, on a port that the system chooses, cannot be kept to loopback.
start adapter --cert-dir "$D" --bind-address 127.0.0.1 --secure-port "$KEDA_ADAPTER_PORT" --port 0 \
  --tls-cert-file "$D/tls.crt" --tls-private-key-file "$D/tls.key" --client-ca-file "$D/ca.crt" \
  --metrics-service-address "127.0.0.1:$KEDA_PORT" --lister-kubeconfig "$RUN/keda.kubeconfig" \
  --authentication-kubeconfig "$RUN/keda.kubeconfig" --authorization-kubeconfig "$RUN/keda.kubeconfig"
k apply -f - >/dev/null <<Y
apiVersion: v1
kind: Service
metadata: {name: keda-metrics-apiserver, namespace: keda}
spec: {type: ExternalName, externalName: localhost}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.external.metrics.k8s.io}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  caBundle: $(base64 -w0 "$P/ca.crt")
  service: {name: keda-metrics-apiserver, namespace: keda, port: $KEDA_ADAPTER_PORT}
Y
k wait --for=condition=Available apiservice v1beta1.external.metrics.k8s.io --timeout=120s >/dev/null || {
  tail -n 5 "$RUN"/logs/keda-*.log >&2
  exit 1
}
