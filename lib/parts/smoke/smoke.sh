#!/bin/sh
# Asks the health path of each Service until it answers. TARGETS has a line for each: its name, its image, its URL and the headers of the
# request, with tabs between them.
# shellcheck shell=busybox
set -uf
END=$(($(date +%s) + WAIT_SECONDS))
TAB="$(printf '\t')"
readonly END TAB

# ask NAME IMAGE URL [HEADER …]
ask() {
  local name="$1" image="$2" url="$3" header error
  shift 3
  for header in "$@"; do
    set -- "$@" --header "$header"
    shift
  done
  until error="$(timeout 10 wget -q -O /dev/null "$@" "$url" 2>&1)"; do
    if [ "$(date +%s)" -ge "$END" ]; then
      printf 'FAILED: %s (%s): %s: %s\n' "$name" "$image" "$url" "${error:-no answer within 10 s}" >&2
      return 1
    fi
    sleep 3
  done
  printf 'ok: %s (%s): %s answers\n' "$name" "$image" "$url"
}

failed=0
while IFS= read -r line; do
  IFS="$TAB"
  # shellcheck disable=SC2086
  ask $line || failed=1
  unset IFS
done <<TARGETS
$TARGETS
TARGETS
exit "$failed"
