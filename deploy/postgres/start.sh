#!/bin/sh
# Gives the server a copy of its key that only it can read, then starts it as the image does.
set -eu
install -o postgres -g postgres -m 0644 /run/certificates/server.pem /run/tls/server.pem
install -o postgres -g postgres -m 0600 /run/certificates/server.key /run/tls/server.key
chown postgres:postgres /run/tls
exec docker-entrypoint.sh "$@"
