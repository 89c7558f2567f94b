#!/bin/sh
# Makes an authority of your own, and with it certificates for the database and the proxy, in deploy/certificates/ (not under version
# control). For a public site, put the certificate of a public authority in the place of proxy.pem and proxy.key.
#
# usage: deploy/certificates.sh [domain] [days]
set -eu
domain=${1:-localhost}
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
}

issue database database 'DNS:database,DNS:localhost'
issue proxy "$domain" "DNS:$domain,DNS:localhost"
# What everybody may read; the keys stay with whoever starts the containers.
chmod 0644 "$dir"/*.pem
echo "certificates for database and $domain, good for $days days, are in $dir"
