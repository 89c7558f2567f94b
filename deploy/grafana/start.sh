#!/bin/sh
# Without a password Grafana would start with its own, admin. Compose cannot ask for one: it would ask those who start no Grafana, too.
set -eu
: "${GF_SECURITY_ADMIN_PASSWORD:?set GRAFANA_PASSWORD in .env; make one with openssl rand -base64 24}"
exec "${GRAFANA:-/run.sh}" "$@"
