#!/usr/bin/env bash
# metrics.k8s.io with values that a test sets (metrics-adapter.mjs). After up.sh.
set -euo pipefail
. "$(dirname "$0")/env.sh"
"${NODE:-node}" "$R/metrics-adapter.mjs" >"$RUN/logs/metrics-adapter.log" 2>&1 & echo $! >"$RUN/pids/metrics-adapter"
bash "$R/metrics-api.sh" "$METRICS_PORT"
