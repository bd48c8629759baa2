# What the scripts beside this one share; each of them reads it first. They run in Redis' image on Alpine, which has busybox and Redis'
# programs; restic comes from a container before.
set -eu
set -o pipefail
umask 077
export PATH=/tools:$PATH

readonly SCRIPTS=/etc/berth/scripts
# The folder of a snapshot: dump.rdb, and in `facts` what it holds. Its name is part of each snapshot.
readonly DUMP=/tmp/redis
readonly RESTORED=/tmp/restored
readonly LOG=/tmp/log

say() { printf '%s\n' "$*"; }

die() {
  say "FAILED: $*"
  exit 1
}

# From what programs say of an error, the part that tells it.
reason() { { grep -v -e '^$' -e 'returned error, retrying' "$1" || :; } | tail -n 3 | cut -c 1-300 | tr '\n' ' '; }

# supervise COMMAND: runs it to its end. A shell that waits hears a signal at once. What runs is told then, so that restic takes its lock
# away, and the rest has seconds to clear up.
supervise() {
  "$@" &
  main=$!
  trap stopped TERM INT
  code=0
  wait "$main" || code=$?
  exit "$code"
}

stopped() {
  trap '' TERM INT
  for program in redis-cli redis-server restic; do pkill -TERM -x "$program" || :; done
  { sleep 10 && kill -KILL "$main"; } 2>/dev/null &
  wait "$main" || :
  say 'stopped before the end: told to'
  exit 143
}

# redis-cli on the server, as the user who takes dumps. What is refused is an error.
server() { REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -e -h "$REDIS_HOST" -p "$REDIS_PORT" --user backup --no-auth-warning "$@"; }

# info_of COMMAND SECTION FIELD
info_of() { "$1" info "$2" | tr -d '\r' | sed -n "s/^$3://p"; }

# One at a time, for an hour at the most: lock NAME, unlock NAME. Redis itself says whose turn it is. When it is full nobody can note
# anything in it, and whoever comes goes on: what it wants may be to keep or to replace just that.
lock() {
  answer=$(server -n 32 set "berth:$1" "$HOSTNAME" nx ex 3600 2>&1) || :
  case $answer in
    OK | OOM*) ;;
    *) return 1 ;;
  esac
}
unlock() { server -n 32 del "berth:$1" >/dev/null; }

# restic, when it gets the lock that it needs. The lock of a process that was killed keeps others out until it is half an hour old, and is
# removed then.
locked() {
  until=$(($(date +%s) + 2700))
  while :; do
    code=0
    restic --retry-lock 5m "$@" || code=$?
    if [ "$code" -ne 11 ] || [ "$(date +%s)" -ge "$until" ]; then return "$code"; fi
    restic unlock --quiet
  done
}

# Fails when there is none. restic itself would ask for a quarter of an hour whether the store is back.
open_repository() {
  code=0
  timeout "${OPEN_SECONDS:-300}" restic cat config --no-lock >/dev/null 2>"$LOG" || code=$?
  case $code in
    0) restic unlock --quiet || die 'the repository cannot be unlocked' ;;
    10) return 10 ;;
    *)
      tried=$(sed -n 's/.* returned error, retrying after [^ ]* //p' "$LOG" | tail -n 1)
      die "the repository cannot be opened: ${tried:-$(reason "$LOG")}"
      ;;
  esac
}

# Two first runs at once would each leave a key, and nothing opens a repository that has one too many: so one at a time makes it.
make_repository() {
  until lock repository; do
    sleep 2
    if open_repository; then return; fi
  done
  if ! open_repository; then
    timeout "${OPEN_SECONDS:-300}" restic init >/dev/null 2>"$LOG" || {
      unlock repository
      die "the repository cannot be made: $(reason "$LOG")"
    }
    say 'the repository was empty, and is new'
  fi
  unlock repository
}

# check_dump FILE: whether it is whole; $keys: how many it holds.
check_dump() {
  code=0
  redis-check-rdb "$1" >"$LOG" 2>&1 || code=$?
  keys=$(sed -n 's/^\[info\] \([0-9]*\) keys read$/\1/p' "$LOG")
  if [ "$code" -ne 0 ] || [ -z "$keys" ] || ! grep -q 'RDB looks OK' "$LOG"; then
    die "the dump is not whole: $(grep -v '^\[info\]' "$LOG" | tail -n 2 | cut -c 1-300 | tr '\n' ' ')"
  fi
}

sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# dump TAG: takes a dump and keeps it as a snapshot, or fails and keeps none. $snapshot, $size, $keys: what it became.
dump() {
  rm -rf "$DUMP"
  mkdir "$DUMP"
  time=$(date +%s)
  server --rdb "$DUMP/dump.rdb" >"$LOG" 2>&1 || die "no dump could be taken: $(reason "$LOG")"
  check_dump "$DUMP/dump.rdb"
  printf '%s\n' "time $time" "keys $keys" "sha256 $(sum_of "$DUMP/dump.rdb")" >"$DUMP/facts"
  # With --force restic does not look for the snapshot before, for which it would read all there are.
  summary=$(locked backup --force --json --quiet --host "$SNAPSHOT_HOST" --tag "$1" "$DUMP")
  snapshot=$(printf %s "$summary" | sed -n 's/.*"snapshot_id":"\([0-9a-f]*\)".*/\1/p')
  [ -n "$snapshot" ] || die "restic names no snapshot: $summary"
  size=$(wc -c <"$DUMP/dump.rdb")
  rm -rf "$DUMP"
}

fact() { sed -n "s/^$1 //p" "$RESTORED/facts"; }

scratch() { env -u REDISCLI_AUTH redis-cli -e -s /tmp/scratch.sock "$@"; }

# bring_back SNAPSHOT: into a server beside this script, and compares what came back with what was dumped. $time, $keys, $size: of the dump.
bring_back() {
  locked restore --quiet --host "$SNAPSHOT_HOST" --path "$DUMP" --tag nightly --target "$RESTORED" "$1:$DUMP" 2>"$LOG" ||
    die "nothing could be restored: $(reason "$LOG")"
  [ -s "$RESTORED/facts" ] && [ -s "$RESTORED/dump.rdb" ] || die 'the snapshot holds no dump'
  [ "$(sum_of "$RESTORED/dump.rdb")" = "$(fact sha256)" ] || die 'the dump is not the one that was taken: another checksum'
  check_dump "$RESTORED/dump.rdb"
  [ "$keys" = "$(fact keys)" ] || die "the dump holds $keys keys, and $(fact keys) were dumped"
  redis-server "$SCRIPTS/scratch.conf" --dir "$RESTORED" >/tmp/scratch.log 2>&1 &
  pid=$!
  until [ "$(scratch ping 2>/dev/null)" = PONG ]; do
    kill -0 "$pid" 2>/dev/null || die "no server could start with it: $(tail -n 2 /tmp/scratch.log | tr '\n' ' ')"
    sleep 0.1
  done
  loaded=$(scratch info keyspace | tr -d '\r' | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')
  [ "$loaded" = "$keys" ] || die "$loaded keys came back of $keys"
  time=$(fact time) size=$(wc -c <"$RESTORED/dump.rdb")
}
