#!/usr/bin/env bash
# Builds KEDA's operator and its metrics adapter, which a test of the control plane runs, below ${XDG_CACHE_HOME:-~/.cache}/berth/keda. Once;
# it takes 10 to 25 minutes. Where it cannot, it prints in one line what is missing and exits with 3.
set -euo pipefail

VERSION=v2.21.0

cache=${XDG_CACHE_HOME:-$HOME/.cache}/berth/keda

missing() {
  echo "keda: $*" >&2
  exit 3
}

mkdir -p "$cache"
[ "$(cat "$cache/version" 2>/dev/null)" != "$VERSION" ] || exit 0
command -v go >/dev/null || missing 'needs Go'
# Its go.mod has replacements, with which go install refuses it.
folder=$(cd "$cache" && go mod download -json "github.com/kedacore/keda/v2@$VERSION" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
[ -d "$folder" ] || missing 'its sources could not be downloaded'
echo "keda: building KEDA $VERSION, this takes 10 to 25 minutes"
(cd "$folder" && CGO_ENABLED=0 nice go build -trimpath -ldflags '-s -w' -o "$cache/" ./cmd/operator ./cmd/adapter) >"$cache/build.log" 2>&1 ||
  missing "could not be built, see $cache/build.log"
rm -rf "$cache/definitions"
cp -r "$folder/config/crd/bases" "$cache/definitions"
chmod -R u+w "$cache/definitions"
echo "$VERSION" >"$cache/version"
