# Puts a Go of this version or a later one on the path. Where none is installed, the toolchain comes as the Go module that it is, pinned by
# its hash, into the cache beside what is built with it. Sourced by build.sh.
GO_VERSION=1.26.8
GO_SHA256=30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7
is_new_enough() { [ "$(printf '%s\n' "$GO_VERSION" "$1" | sort -V | head -1)" = "$GO_VERSION" ]; }
if ! { command -v go >/dev/null && is_new_enough "$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')"; }; then
  ROOT=$BIN/go$GO_VERSION
  if [ ! -x "$ROOT/bin/go" ]; then
    [ "$(uname -sm)" = "Linux x86_64" ] || { echo "install Go $GO_VERSION or later: https://go.dev/dl" >&2; exit 1; }
    module=golang.org/toolchain@v0.0.1-go$GO_VERSION.linux-amd64 archive=$BIN/go.zip
    mkdir -p "$BIN"
    echo "installing Go $GO_VERSION" >&2
    python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' \
      "https://proxy.golang.org/golang.org/toolchain/@v/${module#*@}.zip" "$archive"
    echo "$GO_SHA256  $archive" | sha256sum --check --quiet
    rm -rf "$ROOT" "$BIN/unpacked"
    python3 -m zipfile -e "$archive" "$BIN/unpacked"
    # Archives of modules carry no permissions.
    chmod -R u+x "$BIN/unpacked/$module/bin" "$BIN/unpacked/$module/pkg/tool"
    mv "$BIN/unpacked/$module" "$ROOT"
    rm -rf "$archive" "$BIN/unpacked"
  fi
  export PATH=$ROOT/bin:$PATH GOROOT=$ROOT
fi
