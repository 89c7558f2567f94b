# Every path and port of the control plane in one place; everything can be set from outside.
R=${R:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}
export RUN=${RUN:-${TMPDIR:-/tmp}/autoscaler-kubernetes}              # state: certificates, kubeconfigs, etcd data, logs, pids
export BIN=${BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/autoscaler-kubernetes}   # the one binary, kubebox: built once
export ETCD_PORT=${ETCD_PORT:-20379} ETCD_PEER_PORT=${ETCD_PEER_PORT:-20380}
export API_PORT=${API_PORT:-20443} KCM_PORT=${KCM_PORT:-20257} SCHED_PORT=${SCHED_PORT:-20259} KWOK_PORT=${KWOK_PORT:-20250}
export KEDA_BIN=${KEDA_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/autoscaler-keda}         # KEDA: built where it is asked for
export KEDA_PORT=${KEDA_PORT:-20966} KEDA_ADAPTER_PORT=${KEDA_ADAPTER_PORT:-20643}
export METRICS_PORT=${METRICS_PORT:-20460} CONTROL_PORT=${CONTROL_PORT:-20461} METRICS_SERVER_PORT=${METRICS_SERVER_PORT:-20470}
export KUBECONFIG=$RUN/admin.kubeconfig
