#!/bin/sh
# Without a password Grafana would start with its default, admin. Compose cannot require the variable, because it would
# be required without the monitoring profile, too.
set -eu
: "${GF_SECURITY_ADMIN_PASSWORD:?set GRAFANA_PASSWORD in .env; make one with openssl rand -base64 24}"
exec "${GRAFANA:-/run.sh}" "$@"
