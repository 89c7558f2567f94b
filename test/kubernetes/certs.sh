#!/usr/bin/env bash
# Certificates, service-account keys and kubeconfigs, with openssl alone (about a second).
set -euo pipefail
. "$(dirname "$0")/env.sh"
P=$RUN/pki; mkdir -p "$P"; cd "$P"
[ -f done ] && exit 0
ec() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
ca() { ec "$1"; openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -out "$1.crt" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null; }
# cert NAME CA SUBJECT [SAN]
cert() {
  ec "$1"
  openssl req -new -key "$1.key" -subj "$3" 2>/dev/null | openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 30 -out "$1.crt" \
    -extfile <(echo "extendedKeyUsage=clientAuth,serverAuth"; [ -n "${4:-}" ] && echo "subjectAltName=$4") 2>/dev/null
}
ca ca; ca front-proxy-ca
cert apiserver ca /CN=kube-apiserver "IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
cert kubelet ca /CN=kwok-kubelet "IP:127.0.0.1,DNS:localhost"
cert metrics ca /CN=metrics-adapter "IP:127.0.0.1,DNS:localhost,DNS:metrics-adapter.kube-system.svc,DNS:keda-metrics-apiserver.keda.svc"
cert front-proxy-client front-proxy-ca /CN=front-proxy-client
cert admin ca /O=system:masters/CN=admin
cert kcm ca /CN=system:kube-controller-manager
cert scheduler ca /CN=system:kube-scheduler
cert apiserver-kubelet-client ca /O=system:masters/CN=apiserver-kubelet-client
openssl genrsa -out sa.key 2048 2>/dev/null; openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
kubeconfig() { # NAME
  cat > "$RUN/$1.kubeconfig" <<K
apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "https://127.0.0.1:$API_PORT", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
contexts: [{name: e2e, context: {cluster: e2e, user: $1}}]
current-context: e2e
K
}
for u in admin kcm scheduler; do kubeconfig $u; done
touch done
