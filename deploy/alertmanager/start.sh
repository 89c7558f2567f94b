#!/bin/sh
# Alertmanager does not expand variables: the webhook's URL is inserted into a copy of the configuration that only it can read.
set -eu
umask 077
configuration=${CONFIGURATION:-/etc/alertmanager/alertmanager.yml}
resolved=${TMPDIR:-/tmp}/alertmanager.yml
if [ -n "${ALERT_WEBHOOK_URL:-}" ]; then
  escaped=$(printf '%s' "$ALERT_WEBHOOK_URL" | sed 's/[&|\\]/\\&/g')
  sed "s|http://alert-webhook.invalid/|$escaped|" "$configuration" >"$resolved"
else
  echo 'ALERT_WEBHOOK_URL is not set: Alertmanager shows alerts and sends none' >&2
  cp "$configuration" "$resolved"
fi
exec "${ALERTMANAGER:-/bin/alertmanager}" --config.file="$resolved" --storage.path="${STORAGE:-/alertmanager}" "$@"
