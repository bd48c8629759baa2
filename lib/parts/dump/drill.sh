#!/bin/sh
# Proves that the newest dump is there: the repository is sound, the dump is young enough (RPO), and can be read whole, in time (RTO). Only
# the program that takes it in can tell whether it is right.
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

readonly NEWEST="--host $SNAPSHOT_HOST --tag nightly"

# When the newest dump was taken, in seconds. restic writes 2026-11-30T02:10:00.123+01:00, or Z for UTC.
snapshot_time() {
  local stamp zone
  # shellcheck disable=SC2086 # Several arguments.
  stamp=$(run_restic snapshots --quiet --json $NEWEST latest | sed -n 's/.*"time":"\([^"]*\)".*/\1/p')
  zone=$(printf '%s\n' "$stamp" | awk '{
    if (match($0, /[+-][0-9][0-9]:[0-9][0-9]$/))
      print substr($0, RSTART, 1) (substr($0, RSTART + 1, 2) * 3600 + substr($0, RSTART + 4, 2) * 60)
    else print 0
  }')
  printf %s $(($(date -u -d "$(printf %.19s "$stamp" | tr T ' ')" +%s) - zone))
}

read_back() {
  local began took age size
  open_repository || fail 'there is no repository: nothing was ever dumped'
  check_repository || fail "the repository: $(reason_in "$LOG")"
  began=$(date +%s)
  # shellcheck disable=SC2086 # Several arguments.
  size=$(run_restic dump --quiet $NEWEST latest /dump 2>"$LOG" | wc -c) ||
    fail "nothing could be read back: $(reason_in "$LOG")"
  took=$(($(date +%s) - began)) age=$((began - $(snapshot_time)))
  say "read back: $size bytes in $took s"
  check_objectives "$age" "$took"
}

read_back &
wait_for_task $!
