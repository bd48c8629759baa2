#!/bin/sh
# Puts a SurrealDB that runs, and the files of the application, back to a snapshot (SNAPSHOT=latest, or the id of one; WHAT=all, databases or
# files). The application is stopped before, since each database is removed and imported again.
#
# The dump is tried in a scratch server first, and what is there is kept as a snapshot; so a restore that fails loses nothing.
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

# restore_database NUMBER NAMESPACE DATABASE
restore_database() {
  local accesses
  run_sql "$SURREAL_ENDPOINT" "$2" "$3" "REMOVE DATABASE IF EXISTS $(quote_name "$3")" '\[null]' >/dev/null
  import_database "$1" "$SURREAL_ENDPOINT" "$2" "$3"
  say "restored: $2/$3, $records records"
  accesses=$(join_lines <"$RESTORED/$1.accesses")
  [ -z "$accesses" ] || say "to be made again by hand, since SurrealDB exports no keys: the accesses of $2/$3: $accesses"
  tell_missing_users "$1" "$2"
}

# tell_missing_users FILE NAMESPACE: those of the dump that the server does not have.
tell_missing_users() {
  local missing
  list_users "$SURREAL_ENDPOINT" "$2" >/tmp/users
  missing=$(awk 'FILENAME == ARGV[1] { there[$0]; next } !($0 in there)' /tmp/users "$RESTORED/$1.users" | join_lines)
  [ -z "$missing" ] || say "to be made again by hand, since SurrealDB exports no passwords: the users of ${2:-the root}: $missing"
}

# quote_name NAME: as SurrealQL reads it.
# shellcheck disable=SC2016 # its quotes are backticks
quote_name() { printf '`%s`' "$(printf %s "$1" | sed 's/[\\`]/\\&/g')"; }

restore_databases() {
  local number namespace database
  try_dump
  while IFS="$TAB" read -r number namespace database; do
    restore_database "$number" "$namespace" "$database" </dev/null
  done <"$RESTORED/databases"
  tell_missing_users root ''
}

restore_files() {
  run_restic restore --quiet --host "$SNAPSHOT_HOST" ${tag:+--tag "$tag"} --target "$FILES" --delete --exclude lost+found \
    "$SNAPSHOT:$FILES" 2>"$LOG" || fail "the files of the application could not be restored: $(reason_in "$LOG")"
  say 'restored: the files of the application'
}

restore_snapshot() {
  tag=''
  case ${SNAPSHOT:=} in
    latest) tag=nightly ;;
    *[!0-9a-f]* | '' | ? | ?? | ??? | ???? | ????? | ?????? | ???????) fail "SNAPSHOT is $SNAPSHOT: expected latest, or the id of a snapshot" ;;
  esac
  case ${WHAT:=} in
    all | databases) ;;
    files) [ -n "$FILES" ] || fail 'WHAT is files, but no volume with files is saved: expected databases' ;;
    *) fail "WHAT is $WHAT: expected all, databases or files" ;;
  esac
  check_server
  open_repository || fail 'there is no repository: nothing was ever dumped'
  fetch_dump "$SNAPSHOT"
  if [ -n "$(list_databases "$SURREAL_ENDPOINT")" ]; then
    say 'what is there is dumped first'
    save_dump before-restore
  fi
  [ "$WHAT" = files ] || restore_databases
  [ "$WHAT" = databases ] || [ -z "$FILES" ] || restore_files
  say "restored from snapshot $SNAPSHOT, dumped at $(date -u -d "@$(dump_time)" +%Y-%m-%dT%H:%M:%SZ)"
}

restore_snapshot &
wait_for_task $!
