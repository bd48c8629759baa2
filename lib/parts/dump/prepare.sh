#!/bin/sh
# Makes the repository if there is none, and forgets the snapshots that are no longer kept. The next container dumps into it.
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

make_repository() {
  timeout "${OPEN_SECONDS:-300}" restic init >/dev/null 2>"$LOG" || fail_repository made "$LOG"
  say 'the repository was empty, and is new'
}

prepare() {
  open_repository || make_repository
  forget_snapshots --group-by host,tags
  say "kept: $(kept_snapshots)"
}

prepare &
wait_for_task $!
