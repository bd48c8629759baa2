#!/bin/sh
# Proves that the dumps can be restored: the repository is sound, the newest dump is young enough (RPO), and its databases can be imported
# into a scratch server with as many records in each table as they had, in time (RTO).
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

try_restore() {
  local began took age files
  open_repository || fail 'there is no repository: nothing was ever dumped'
  check_repository || fail "the repository: $(reason_in "$LOG")"
  began=$(date +%s)
  fetch_dump latest
  try_dump
  took=$(($(date +%s) - began)) age=$((began - $(dump_time)))
  if [ -n "$FILES" ]; then
    files=$(run_restic ls --host "$SNAPSHOT_HOST" --tag nightly latest "$FILES" 2>"$LOG" | wc -l) ||
      fail "the snapshot holds no files of the application: $(reason_in "$LOG")"
    [ "$files" -gt 0 ] || fail 'the snapshot holds no files of the application'
  fi
  check_objectives "$age" "$took"
}

try_restore &
wait_for_task $!
