#!/usr/bin/env bash
# Builds what `npm run bench` compares with, helm and kustomize, below ${XDG_CACHE_HOME:-~/.cache}/berth/renderers. Once; it takes a few minutes.
# `tools/renderers.sh helm` builds one of them. It prints in one line what is missing, and exits with 3.
set -euo pipefail

declare -A MODULES=([helm]=helm.sh/helm/v4/cmd/helm@v4.3.1 [kustomize]=sigs.k8s.io/kustomize/kustomize/v5@v5.8.1)

cache=${XDG_CACHE_HOME:-$HOME/.cache}/berth/renderers

missing() {
  echo "renderers: $*" >&2
  exit 3
}

mkdir -p "$cache"
exec 9>"$cache/lock" # one at a time
flock 9
[ $# -gt 0 ] || set -- helm kustomize
for tool; do
  module=${MODULES[$tool]}
  [ "$(cat "$cache/$tool.module" 2>/dev/null)" != "$module" ] || continue
  command -v go >/dev/null || missing "needs Go to build $tool"
  echo "renderers: building $module, this takes a few minutes"
  CGO_ENABLED=0 GOFLAGS=-trimpath GOBIN=$cache nice go install "$module" >"$cache/$tool.log" 2>&1 ||
    missing "$module could not be built: $(tail -n 1 "$cache/$tool.log")"
  echo "$module" >"$cache/$tool.module"
done
