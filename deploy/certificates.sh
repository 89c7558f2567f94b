#!/bin/sh
# Creates a certificate authority, and certificates for the database and the proxy, in deploy/certificates/ (not under
# version control). Running it again renews the certificates. For a public site replace proxy.pem and proxy.key by the
# certificate of a public authority: certificates of other authorities are not overwritten.
#
# usage: deploy/certificates.sh [domain] [days]
#   domain  of the proxy; default: that of its certificate, or else localhost
#   days    validity; default: 397
set -eu
domain=${1:-}
days=${2:-397}
dir=${CERTIFICATES:-$(dirname "$0")/certificates}
mkdir -p "$dir"
umask 077

if [ ! -f "$dir/ca.key" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj '/CN=Autoscaler authority' -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
fi

issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" \
    -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$3" >"$dir/$1.ext"
  openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days "$days" \
    -extfile "$dir/$1.ext" -out "$dir/$1.pem" 2>/dev/null
  rm "$dir/$1.csr" "$dir/$1.ext"
  echo "$dir/$1.pem: for $2, good for $days days"
}

# Whether this authority issued the certificate, expired or not.
is_ours() {
  openssl verify -no_check_time -no-CApath -no-CAstore -CAfile "$dir/ca.pem" "$1" >/dev/null 2>&1
}

issue database database 'DNS:database,DNS:localhost'
if [ -f "$dir/proxy.pem" ] && ! is_ours "$dir/proxy.pem"; then
  echo "$dir/proxy.pem: issued by another authority, left unchanged; remove it to have a new one made"
else
  if [ -z "$domain" ] && [ -f "$dir/proxy.pem" ]; then
    domain=$(openssl x509 -in "$dir/proxy.pem" -noout -subject -nameopt multiline | sed -n 's/^ *commonName *= //p')
  fi
  domain=${domain:-localhost}
  issue proxy "$domain" "DNS:$domain,DNS:localhost"
fi
# Certificates are public; keys are readable only by the user who starts the containers.
chmod 0644 "$dir"/*.pem
