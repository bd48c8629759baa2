#!/bin/sh
# Proves that the dumps can be restored: the repository is sound, the newest dump is young enough (RPO), and comes back in a server of its
# own with all that it held, in time (RTO).
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

try_restore() {
  local began took age
  open_repository || fail 'there is no repository: nothing was ever dumped'
  check_repository || fail "the repository: $(reason_in "$LOG")"
  began=$(date +%s)
  restore_dump latest
  took=$(($(date +%s) - began)) age=$((began - $(dumped_fact time)))
  say "restored as it was dumped: $keys keys, $size bytes in $took s"
  check_objectives "$age" "$took"
}

try_restore &
wait_for_task $!
