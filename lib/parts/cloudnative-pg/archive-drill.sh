#!/bin/bash
# Proves that the archive of a CloudNativePG cluster can be restored to a moment: the newest base backup before it and the write-ahead log
# come back in a server of this pod's own, which reaches the moment, has the cluster's databases, and can read every row of them.
#
# It connects to the store alone, and writes nothing there. By hand, MOMENT is another one than some minutes ago: 2026-11-30T02:00:00Z.
# It runs in an image of CloudNativePG that has barman-cloud.
set -euo pipefail
umask 077
readonly SCRIPTS=${0%/*} VOLUME=/restore
readonly DATA=$VOLUME/data
WORK=$(mktemp -d)
export WORK
. "$SCRIPTS/log.sh"
. "$SCRIPTS/barman.sh"
. "$SCRIPTS/recovery.sh"

# What was written so many seconds ago is in the archive: a segment is archived within CloudNativePG's archive_timeout, 5 minutes.
readonly SETTLED=600

# Neither what a database sets for its sessions, nor a policy, may hide rows.
export PGOPTIONS='-c role=none -c row_security=off -c search_path= -c statement_timeout=0' PGCLIENTENCODING=UTF8

# query_scratch DATABASE [psql's arguments …]
query_scratch() { PGDATABASE=$1 psql -XAtqw -v ON_ERROR_STOP=1 -h "$WORK" -U postgres "${@:2}"; }

# The whole of the volume has to be free before anything is fetched, but for what its file system takes: where it is a part of a disk that
# others use, the drill must not fill that.
check_room() {
  local free
  free=$(df --output=avail -B 1M "$VOLUME" | tail -n 1)
  ((free * 10 >= SIZE_MIB * 8)) ||
    fail "given $((free)) MiB free for the drill, expected the $SIZE_MIB MiB of the cluster's own volume; nothing was fetched"
}

# find_base_backup MOMENT: $backup: the newest that ended before it. $backup_end: when, in seconds.
find_base_backup() {
  local line end
  backup=
  run_barman backup-list >"$WORK/backups" 2>"$WORK/problems" || fail "the archive cannot be read: $(reason_in "$WORK/problems")"
  while IFS= read -r line; do
    # Columns of a fixed width: ID, end in UTC, first segment, status. A whole one has no status, or is to be kept.
    [[ ${line:0:20} =~ ^[0-9]+T[0-9]+\ *$ && ${line:75:17} =~ ^(KEEP:.*|\ *)$ ]] || continue
    end=$(date -u -d "${line:20:25}" +%s) || continue
    ((end > $1)) || { read -r backup _ <<<"$line" && backup_end=$end; }
  done <"$WORK/backups"
  [[ -n $backup ]] || fail "the archive has no base backup from before $moment"
}

fetch_base_backup() {
  run_barman restore "$backup" "$DATA" >"$WORK/problems" 2>&1 ||
    fail "the base backup $backup cannot be fetched: $(reason_in "$WORK/problems")"
  # A base backup of a replica has the one, and settings of the cluster are in the other.
  rm -f "$DATA/standby.signal"
  : >"$DATA/postgresql.auto.conf"
}

# $databases: those that came back, among them all that the cluster has by its manifests.
find_databases() {
  local database missing=''
  query_scratch postgres -0 -c 'select datname from pg_database where datallowconn and not datistemplate order by 1' \
    >"$WORK/databases" 2>"$WORK/problems" || fail "the restored server does not answer: $(reason_in "$WORK/problems")"
  mapfile -t -d '' databases <"$WORK/databases"
  while IFS= read -r database; do
    grep -qzFx -e "$database" "$WORK/databases" || missing+="${missing:+, }$database"
  done <"$SCRIPTS/databases"
  [[ -z $missing ]] || fail "not all databases came back: $missing"
}

# $counts: of databases, tables and rows, in words.
read_all_rows() {
  local database tables=0 rows=0 count
  for database in "${databases[@]}"; do
    query_scratch "$database" -f "$SCRIPTS/rows.sql" >"$WORK/rows" 2>"$WORK/problems" ||
      fail "database $database cannot be read: $(reason_in "$WORK/problems")"
    while read -r count; do tables=$((tables + 1)) rows=$((rows + count)); done <"$WORK/rows"
  done
  counts="${#databases[@]} databases, $tables tables, $rows rows"
}

try_restore() {
  local seconds moment last
  seconds=$(date -d "${MOMENT:-@$(($(date +%s) - SETTLED))}" +%s) || fail "MOMENT is $MOMENT: expected a time such as 2026-11-30T02:00:00Z"
  moment=$(date -u -d "@$seconds" '+%Y-%m-%d %H:%M:%S+00')
  check_room
  find_base_backup "$seconds"
  say "restoring the base backup $backup, and the write-ahead log after it, to $moment"
  fetch_base_backup
  recover "$moment" "$backup_end"
  find_databases
  read_all_rows
  last=$(last_transaction)
  say "restored to $reached: $counts in $SECONDS s; the last transaction is ${last:+of }${last:-older than the base backup}"
}

# The archive does not tell how large a base backup will be, and not every kind of volume ends at its size. $WORK/too-large: how much it was.
watch_size() {
  local used
  while sleep 1; do
    used=$(du -s -B 1M "$VOLUME" 2>/dev/null | cut -f 1) || :
    ((used > SIZE_MIB)) || continue
    echo "$used" >"$WORK/too-large"
    kill -KILL -- "-$task"
  done
}

clear_away() {
  exec 2>/dev/null # where this shell would tell whom it killed
  kill -KILL -- "-$task" "-$watch" || :
  stop_server
  rm -rf "$DATA" "$WORK"
}

# A shell that waits handles a signal at once; by set -m each job is a process group.
set -m
try_restore &
task=$!
watch_size &
watch=$!
trap clear_away EXIT
trap 'say "stopped before the end, since it was told to"; exit 143' TERM INT
code=0
wait "$task" 2>/dev/null || code=$?
[[ ! -s $WORK/too-large ]] ||
  fail "what came back has $(<"$WORK/too-large") MiB and more, expected at most the $SIZE_MIB MiB of the cluster's own volume"
((code == 0)) || exit "$code"
