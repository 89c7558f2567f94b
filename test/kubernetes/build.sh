#!/usr/bin/env bash
# Builds kubebox (etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kwok in one binary) unless a binary of the same sources is there.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$R/build"
KEY=$(cat main.go go.mod go.sum | sha256sum | cut -c1-16)
if [ ! -x "$BIN/kubebox-$KEY" ]; then
  . "$R/go.sh"
  mkdir -p "$BIN"
  V=k8s.io/component-base/version
  K=$(awk '$1=="k8s.io/kubernetes"{print $2}' go.mod)
  CGO_ENABLED=0 GOTOOLCHAIN=local nice -n "${NICE:-10}" go build -buildvcs=false -trimpath \
    -ldflags "-s -w -X $V.gitVersion=$K -X $V.gitMajor=1 -X $V.gitMinor=$(echo "$K" | cut -d. -f2) -X $V.gitTreeState=clean" \
    -o "$BIN/kubebox-$KEY.tmp" .
  mv "$BIN/kubebox-$KEY.tmp" "$BIN/kubebox-$KEY"
fi
ln -sf "kubebox-$KEY" "$BIN/kubebox"
