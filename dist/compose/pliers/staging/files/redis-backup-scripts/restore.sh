#!/bin/sh
# Puts a Redis that runs back to a snapshot (SNAPSHOT=latest, or the id of one).
#
# What comes back is put together in databases that applications do not use, and counted; then each database changes places with its new
# one. So a restore that fails changes nothing, and clients see one state or the other. What was there before is dumped first.
# shellcheck shell=busybox
readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/task.sh"

# Applications have the databases below this one, and what is put together is as many above.
readonly APART=16

# From the scratch server to the real one, some keys at a time; keys that have expired meanwhile stay behind. The password comes last, by stdin.
readonly COPY="
local found = redis.call('scan', ARGV[1], 'count', 500)
local moved = { ARGV[2], ARGV[3], '', ARGV[4], 60000, 'copy', 'replace', 'auth2', 'backup', ARGV[5], 'keys' }
for _, key in ipairs(found[2]) do moved[#moved + 1] = key end
if #found[2] > 0 then redis.call('migrate', unpack(moved)) end
return found[1]"

# find_databases QUERY: the numbers of a server's databases that hold something. QUERY is query_redis or query_scratch.
find_databases() { "$1" info keyspace | tr -d '\r' | sed -n 's/^db\([0-9]*\):.*/\1/p'; }

# count_lasting_keys QUERY DATABASE: those that do not expire.
count_lasting_keys() {
  "$1" info keyspace | tr -d '\r' | sed -n "s/^db$2:keys=\([0-9]*\),expires=\([0-9]*\).*/\1 \2/p" | awk '{ n = $1 - $2 } END { print n + 0 }'
}

# memory_of QUERY FIELD
memory_of() { "$1" info memory | tr -d '\r' | sed -n "s/^$2://p"; }

# Empties the databases in which a restore is put together.
clear_apart() {
  local database=$APART
  while [ "$database" -lt $((2 * APART)) ]; do
    query_redis -n "$database" flushdb async >/dev/null
    database=$((database + 1))
  done
}

# copy_database DATABASE: from the scratch server.
copy_database() {
  local cursor=0
  while :; do
    cursor=$(printf %s "$REDIS_PASSWORD" |
      query_scratch -n "$1" -x eval "$COPY" 0 "$cursor" "$REDIS_HOST" "$REDIS_PORT" $(($1 + APART)) 2>"$LOG") ||
      fail "database $1: $(reason_in "$LOG")"
    [ "$cursor" != 0 ] || break
  done
  [ "$(count_lasting_keys query_scratch "$1")" = "$(count_lasting_keys query_redis $(($1 + APART)))" ] ||
    fail "database $1: not all of its keys came over"
}

# Each swap happens at once. They are no transaction, since Redis, when it reads its log again, leaves out a transaction with a command that
# its default user may not give.
swap_databases() {
  local database=0
  while [ "$database" -lt "$APART" ]; do
    echo "swapdb $database $((database + APART))"
    database=$((database + 1))
  done | query_redis >"$LOG" 2>&1 || fail "not all databases changed places: $(reason_in "$LOG")"
  [ "$(grep -c '^OK$' "$LOG")" -eq "$APART" ] || fail "not all databases changed places: $(reason_in "$LOG")"
}

# A snapshot of what is there before anything changes.
keep_what_is_there() {
  # In 32 is the note that a restore is at work.
  if find_databases query_redis | grep -vqx 32; then
    save_dump before-restore
    say "what is there is kept: snapshot $(printf %.8s "$snapshot"), $size bytes"
  fi
}

# What is there and what comes back are in Redis at the same time.
check_room() {
  local most room
  most=$(memory_of query_redis maxmemory)
  room=$(($(memory_of query_redis used_memory) + $(memory_of query_scratch used_memory)))
  if [ "$most" -gt 0 ] && [ "$room" -gt "$most" ]; then
    fail "it has no room for both, what is there and what comes back: expected maxmemory to be $room or more, given $most." \
      'Raise its memory limit, or restore with EMPTY_FIRST=yes'
  fi
}

restore_snapshot() {
  local database
  clear_apart
  keep_what_is_there
  restore_dump "$SNAPSHOT"
  query_scratch replicaof no one >/dev/null
  if [ "$EMPTY_FIRST" = yes ]; then
    query_redis flushall sync >/dev/null
    take_lock restore
  fi
  check_room
  for database in $(find_databases query_scratch); do
    if [ "$database" -ge "$APART" ]; then continue; fi
    copy_database "$database"
  done
  swap_databases
  query_scratch --raw function dump | head -c -1 | query_redis -X functions function restore functions flush >/dev/null
  clear_apart
  say "restored from snapshot $SNAPSHOT: $keys keys, $size bytes, dumped at $(date -u -d "@$(dumped_fact time)" +%Y-%m-%dT%H:%M:%SZ)"
}

# However it ends, it leaves no lock, and nothing that is half restored.
restore_redis() {
  local code=0
  case ${SNAPSHOT:=} in
    latest) ;;
    *[!0-9a-f]* | '' | ? | ?? | ??? | ???? | ????? | ?????? | ???????) fail "SNAPSHOT is $SNAPSHOT: expected latest, or the id of a snapshot" ;;
  esac
  check_server
  open_repository || fail 'there is no repository: nothing was ever dumped'
  take_lock restore || fail "another restore is at work, or was killed less than an hour ago${answer:+ ($answer)}"
  restore_snapshot &
  wait $! || code=$?
  [ "$code" -eq 0 ] || clear_apart
  release_lock restore
  exit "$code"
}

restore_redis &
wait_for_task $!
