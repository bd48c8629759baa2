#!/bin/sh
# Puts a Redis that runs back to a snapshot (SNAPSHOT=latest, or the id of one).
#
# What comes back is put together in databases that applications do not use, and counted; then each database changes places with its new
# one. So a restore that fails changes nothing, and clients see one state or the other. What was there before is dumped first.
. /etc/berth/scripts/common.sh

# Applications have the databases below this one, and what is put together is as many above.
readonly APART=16

# From the scratch server to the real one, some keys at a time; what has ended meanwhile stays behind. The password comes last, by stdin.
readonly COPY="
local found = redis.call('scan', ARGV[1], 'count', 500)
local moved = { ARGV[2], ARGV[3], '', ARGV[4], 60000, 'copy', 'replace', 'auth2', 'backup', ARGV[5], 'keys' }
for _, key in ipairs(found[2]) do moved[#moved + 1] = key end
if #found[2] > 0 then redis.call('migrate', unpack(moved)) end
return found[1]"

# The numbers of a server's databases that hold something.
databases() { "$1" info keyspace | tr -d '\r' | sed -n 's/^db\([0-9]*\):.*/\1/p'; }

# lasting COMMAND DATABASE: how many of its keys have no end.
lasting() {
  "$1" info keyspace | tr -d '\r' | sed -n "s/^db$2:keys=\([0-9]*\),expires=\([0-9]*\).*/\1 \2/p" | awk '{ n = $1 - $2 } END { print n + 0 }'
}

clear_apart() {
  database=$APART
  while [ "$database" -lt $((2 * APART)) ]; do
    server -n "$database" flushdb async >/dev/null
    database=$((database + 1))
  done
}

copy() {
  cursor=0
  while :; do
    cursor=$(printf %s "$REDIS_PASSWORD" |
      scratch -n "$1" -x eval "$COPY" 0 "$cursor" "$REDIS_HOST" "$REDIS_PORT" $(($1 + APART)) 2>"$LOG") ||
      die "database $1: $(reason "$LOG")"
    [ "$cursor" != 0 ] || break
  done
  [ "$(lasting scratch "$1")" = "$(lasting server $(($1 + APART)))" ] || die "database $1: not all of its keys came over"
}

# One after the other, each at once. Not in a transaction: Redis, when it reads its log, leaves out a transaction with a command that its
# default user may not give.
change_places() {
  database=0
  while [ "$database" -lt "$APART" ]; do
    echo "swapdb $database $((database + APART))"
    database=$((database + 1))
  done | server >"$LOG" 2>&1 || die "not all databases changed places: $(reason "$LOG")"
  [ "$(grep -c '^OK$' "$LOG")" -eq "$APART" ] || die "not all databases changed places: $(reason "$LOG")"
}

restore() {
  clear_apart
  # In 32 is the note that a restore is at work.
  if databases server | grep -vqx 32; then
    dump before-restore
    say "what is there is kept: snapshot $(printf %.8s "$snapshot"), $size bytes"
  fi
  bring_back "$SNAPSHOT"
  scratch replicaof no one >/dev/null
  if [ "$EMPTY_FIRST" = yes ]; then
    server flushall sync >/dev/null
    lock restore
  fi
  most=$(info_of server memory maxmemory) room=$(($(info_of server memory used_memory) + $(info_of scratch memory used_memory)))
  if [ "$most" -gt 0 ] && [ "$room" -gt "$most" ]; then
    die "it has no room for both, what is there and what comes back: expected maxmemory to be $room or more, given $most." \
      'Raise its memory limit, or restore with EMPTY_FIRST=yes'
  fi
  for database in $(databases scratch); do
    if [ "$database" -ge "$APART" ]; then continue; fi
    copy "$database"
  done
  change_places
  scratch --raw function dump | head -c -1 | server -X functions function restore functions flush >/dev/null
  clear_apart
  say "restored from snapshot $SNAPSHOT: $keys keys, $size bytes, dumped at $(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ)"
}

main() {
  case $SNAPSHOT in
    latest) ;;
    *[!0-9a-f]* | '' | ? | ?? | ??? | ???? | ????? | ?????? | ???????) die "SNAPSHOT is $SNAPSHOT: expected latest, or the id of a snapshot" ;;
  esac
  [ "$(server ping 2>"$LOG")" = PONG ] || die "Redis does not answer: $(reason "$LOG")"
  open_repository || die 'there is no repository: nothing was ever dumped'
  lock restore || die "another restore is at work, or was killed less than an hour ago${answer:+ ($answer)}"
  restore &
  code=0
  wait $! || code=$?
  [ "$code" -eq 0 ] || clear_apart
  unlock restore
  exit "$code"
}

supervise main
