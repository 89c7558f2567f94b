#!/usr/bin/env bash
# A real Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager (with the HPA controller), kube-scheduler, kwok and its nodes.
#   bash up.sh            builds what is missing, then starts everything; ends when the API answers and the nodes are Ready
#   bash down.sh          ends what up.sh started, by pid
set -euo pipefail
. "$(dirname "$0")/env.sh"
t0=$(date +%s%N); step() { echo "+$(( ($(date +%s%N) - t0) / 1000000 )) ms $*"; }
bash "$R/build.sh"
[ -d "$RUN/pids" ] && bash "$R/down.sh" >/dev/null 2>&1 || true
mkdir -p "$RUN/pids" "$RUN/logs" "$RUN/commands"; rm -rf "$RUN/etcd"
bash "$R/certs.sh"; step "certificates"
P=$RUN/pki
# The command is kept for restart.sh.
start() { local n=$1; shift; printf '%q ' "$BIN/kubebox" "$@" >"$RUN/commands/$n"; "$BIN/kubebox" "$@" >"$RUN/logs/$n.log" 2>&1 & echo $! >"$RUN/pids/$n"; }
alive() { kill -0 "$(cat "$RUN/pids/$1")" 2>/dev/null || { echo "$1 ended:"; tail -5 "$RUN/logs/$1.log"; exit 1; }; }
k() { "$BIN/kubebox" kubectl "$@"; }

# etcd: nothing here has to survive a crash, so it never waits for the disk.
start etcd etcd --name e2e --data-dir "$RUN/etcd" --unsafe-no-fsync --log-level warn \
  --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
  --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
  --initial-cluster "e2e=http://127.0.0.1:$ETCD_PEER_PORT"

# endpoint-reconciler-type=none: the `kubernetes` Service would want the API server's address in its endpoints, and loopback is not a valid one.
start kube-apiserver kube-apiserver --etcd-servers "http://127.0.0.1:$ETCD_PORT" \
  --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$API_PORT" --endpoint-reconciler-type none \
  --service-cluster-ip-range 10.96.0.0/24 \
  --tls-cert-file "$P/apiserver.crt" --tls-private-key-file "$P/apiserver.key" --client-ca-file "$P/ca.crt" \
  --service-account-issuer https://kubernetes.default.svc.cluster.local --service-account-key-file "$P/sa.pub" --service-account-signing-key-file "$P/sa.key" \
  --authorization-mode Node,RBAC \
  --requestheader-client-ca-file "$P/front-proxy-ca.crt" --requestheader-allowed-names front-proxy-client \
  --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group --requestheader-extra-headers-prefix X-Remote-Extra- \
  --proxy-client-cert-file "$P/front-proxy-client.crt" --proxy-client-key-file "$P/front-proxy-client.key" \
  --kubelet-client-certificate "$P/apiserver-kubelet-client.crt" --kubelet-client-key "$P/apiserver-kubelet-client.key" --kubelet-preferred-address-types InternalIP

ready() { k get --raw=/readyz >/dev/null 2>&1; }
for i in $(seq 1 600); do ready && break; alive etcd; alive kube-apiserver; sleep 0.1; done
ready || { echo "the API server did not become ready"; tail -5 "$RUN/logs/kube-apiserver.log"; exit 1; }
step "API server ready"

# The HPA's defaults are 15 s of sync, 5 minutes of downscale stabilization, 30 s of readiness delay and 5 minutes of CPU initialization.
start kube-controller-manager kube-controller-manager --kubeconfig "$RUN/kcm.kubeconfig" --authentication-kubeconfig "$RUN/kcm.kubeconfig" --authorization-kubeconfig "$RUN/kcm.kubeconfig" \
  --bind-address 127.0.0.1 --secure-port "$KCM_PORT" --leader-elect=false --use-service-account-credentials \
  --root-ca-file "$P/ca.crt" --service-account-private-key-file "$P/sa.key" --kube-api-qps 500 --kube-api-burst 1000 --allocate-node-cidrs=false \
  ${KCM_HPA_FLAGS---horizontal-pod-autoscaler-sync-period=1s --horizontal-pod-autoscaler-downscale-stabilization=5s --horizontal-pod-autoscaler-initial-readiness-delay=2s --horizontal-pod-autoscaler-cpu-initialization-period=5s}
start kube-scheduler kube-scheduler --kubeconfig "$RUN/scheduler.kubeconfig" --authentication-kubeconfig "$RUN/scheduler.kubeconfig" --authorization-kubeconfig "$RUN/scheduler.kubeconfig" \
  --bind-address 127.0.0.1 --secure-port "$SCHED_PORT" --leader-elect=false --kube-api-qps 500 --kube-api-burst 1000
start kwok kwok --kubeconfig "$RUN/admin.kubeconfig" --manage-all-nodes --config "$R/manifests/kwok.yaml" --cidr 10.0.0.0/16 \
  --node-ip 127.0.0.1 --node-port "$KWOK_PORT" --server-address "127.0.0.1:$KWOK_PORT" --node-lease-duration-seconds 40 \
  --tls-cert-file "$P/kubelet.crt" --tls-private-key-file "$P/kubelet.key"

k apply -f "$R/manifests/nodes.yaml" >/dev/null
k wait --for=condition=Ready node --all --timeout=60s >/dev/null; step "nodes Ready"
for i in $(seq 1 100); do k get serviceaccount default -n default >/dev/null 2>&1 && break; sleep 0.1; done
for n in etcd kube-apiserver kube-controller-manager kube-scheduler kwok; do alive $n; done
step "up: export KUBECONFIG=$RUN/admin.kubeconfig"
