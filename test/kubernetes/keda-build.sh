#!/usr/bin/env bash
# Builds KEDA's operator and metrics adapter from their Go module, unless they are there, and keeps its manifests beside them. Of its
# scalers it takes those that are used here: the clients that the other 70 need are half of all packages. The rest is unchanged.
set -euo pipefail
. "$(dirname "$0")/env.sh"
MODULE=github.com/kedacore/keda/v2 VERSION=v2.21.0
SUM=h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=
TRIGGERS='cpu|memory|external|external-push'
# The last one has a constant of all.
FILES='scaler.go cpu_memory_scaler.go external_scaler.go azure_queue_scaler.go'
KEY=$VERSION-$(sha256sum <"${BASH_SOURCE[0]}" | cut -c1-16)
if [ ! -d "$KEDA_BIN/$KEY" ]; then
  . "$R/go.sh"
  export CGO_ENABLED=0 GOTOOLCHAIN=local
  field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\{0,1\}$/\1/p" <<<"$2"; }
  found=$(cd / && go mod download -json "$MODULE@$VERSION")
  [ "$(field Sum "$found")" = "$SUM" ] || { echo "$MODULE@$VERSION is not the module that is pinned here" >&2; exit 1; }
  mkdir -p "$KEDA_BIN"
  work=$(mktemp -d "$KEDA_BIN/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cp -r "$(field Dir "$found")" "$work/source"
  chmod -R u+w "$work/source"
  cd "$work/source"
  find pkg/scalers -maxdepth 1 -name '*.go' $(printf '! -name %s ' $FILES) -delete
  awk -v triggers="^\tcase \"($TRIGGERS)\":" 'BEGIN { kept = 1 } /^\tcase "/ { kept = $0 ~ triggers } /^\tdefault:/ { kept = 1 } kept' \
    pkg/scaling/scalers_builder.go >"$work/builder.go"
  mv "$work/builder.go" pkg/scaling/scalers_builder.go
  nice -n "${NICE:-10}" go build -buildvcs=false -trimpath -ldflags "-s -w -X $MODULE/version.Version=$VERSION" \
    -o "$work/keda/" ./cmd/operator ./cmd/adapter
  mv config "$work/keda/config"
  mv -T "$work/keda" "$KEDA_BIN/$KEY"
fi
ln -sfn "$KEY" "$KEDA_BIN/current"
