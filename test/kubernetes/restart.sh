#!/usr/bin/env bash
# Kills a program of the control plane (kill -9) and, with `bash restart.sh NAME start`, starts it again as up.sh did.
set -euo pipefail
. "$(dirname "$0")/env.sh"
kill -9 "$(cat "$RUN/pids/$1" 2>/dev/null)" 2>/dev/null || true
[ "${2:-}" = start ] || exit 0
bash -c "exec $(cat "$RUN/commands/$1")" >>"$RUN/logs/$1.log" 2>&1 & echo $! >"$RUN/pids/$1"
