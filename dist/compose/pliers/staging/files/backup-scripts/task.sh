# What the tasks beside this file share: how they connect, and how they begin and end. Each of them reads it first. They run in PostgreSQL's
# image on Alpine, which has bash, busybox and PostgreSQL's clients; restic comes from a container before.
set -euo pipefail
umask 077
export PATH=/tools:$PATH

. "$SCRIPTS/log.sh"
. "$SCRIPTS/url.sh"
. "$SCRIPTS/passwords.sh"
. "$SCRIPTS/servers.sh"
. "$SCRIPTS/tenants.sh"
. "$SCRIPTS/restic.sh"
. "$SCRIPTS/attempts.sh"
. "$SCRIPTS/databases.sh"
. "$SCRIPTS/portable.sh"
. "$SCRIPTS/scratch.sh"

# The owner of a database can set what sessions in it begin with. No time-out may end one that waits, it acts as whom it connects as, and it
# fails where a policy would hide rows from it.
export PGOPTIONS='-c statement_timeout=0 -c lock_timeout=600000 -c idle_session_timeout=0
  -c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off -c role=none -c row_security=off -c search_path='
export PGAPPNAME=${0##*/} PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8

# Makes a folder to work in, and has everything cleared away at the end. By set -m each job is a process group, which a signal ends as a whole.
prepare_task() {
  work=$(mktemp -d)
  LOG=$work/log
  mkdir "$work/scratch"
  : >"$work/failed"
  set -m
  trap 'drop_scratch_databases; rm -rf "$work"' EXIT
  trap stop_task TERM INT
}

# restic is ended first, so that it can remove its lock: as soon as nobody reads its output any more, it dies.
stop_task() {
  trap '' TERM INT
  local job tenths
  pkill -TERM -x restic || :
  for ((tenths = 0; tenths < 50; tenths++)); do
    pgrep -x restic >/dev/null || break
    sleep 0.1
  done
  for job in $(jobs -p); do kill -TERM -- "-$job" 2>/dev/null || :; done
  wait
  say 'stopped before the end, since it was told to'
  exit 143
}

# finish_task SUMMARY: the last line, and the end.
finish_task() {
  local names list
  mapfile -t names <"$work/failed"
  if ((${#names[@]} == 0)); then
    say "$1"
  else
    printf -v list '%s, ' "${names[@]}"
    say "FAILED: ${list%, }"
    exit 1
  fi
}

read_servers
