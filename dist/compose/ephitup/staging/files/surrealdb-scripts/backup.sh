#!/bin/sh
# Exports every database of SurrealDB, and keeps the exports with the files of the application as one snapshot; then forgets the snapshots
# that are no longer kept.
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

make_repository() {
  timeout "${OPEN_SECONDS:-300}" restic init >/dev/null 2>"$LOG" || fail_repository made "$LOG"
  say 'the repository was empty, and is new'
}

back_up() {
  check_server
  open_repository || make_repository
  save_dump nightly
  forget_snapshots --group-by host,tags
  say "kept: $(kept_snapshots)"
}

back_up &
wait_for_task $!
