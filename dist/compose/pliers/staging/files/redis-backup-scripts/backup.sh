#!/bin/sh
# Takes a dump of Redis and keeps it as a snapshot; then forgets the snapshots that are no longer kept.
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

# Two runs that make a repository at the same time would each leave a key in it, and nothing opens it then. So one at a time makes it.
make_repository() {
  until take_lock repository; do
    sleep 2
    if open_repository; then return; fi
  done
  if ! open_repository; then
    timeout "${OPEN_SECONDS:-300}" restic init >/dev/null 2>"$LOG" || {
      release_lock repository
      fail_repository made "$LOG"
    }
    say 'the repository was empty, and is new'
  fi
  release_lock repository
}

backup_redis() {
  local began
  began=$(date +%s)
  check_server
  open_repository || make_repository
  save_dump nightly
  say "dumped: $keys keys, $size bytes in $(($(date +%s) - began)) s, snapshot $(printf %.8s "$snapshot")"
  forget_snapshots --path "$DUMP" --group-by host,paths,tags
  say "kept: $(kept_snapshots)"
}

backup_redis &
wait_for_task $!
