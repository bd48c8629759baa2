# The Redis that is dumped and restored.

# Line breaks at the end are no part of a password, as everywhere: see passwords.sh.
REDIS_PASSWORD=$(printf %s "$REDIS_PASSWORD")

# query_redis ARGUMENTS …: redis-cli, as the user who takes dumps. What is refused is an error.
query_redis() { REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -e -h "$REDIS_HOST" -p "$REDIS_PORT" --user backup --no-auth-warning "$@"; }

check_server() { [ "$(query_redis ping 2>"$LOG")" = PONG ] || fail "Redis does not answer: $(reason_in "$LOG")"; }

# take_lock NAME: one task at a time, for an hour at the most, by a note in Redis itself; $answer: what it says. A Redis that is full refuses
# the note, and the task goes on all the same: it may be there to save or to replace these very data.
take_lock() {
  answer=$(query_redis -n 32 set "berth:$1" "$(uname -n)" nx ex 3600 2>&1) || :
  case $answer in
    OK | OOM*) ;;
    *) return 1 ;;
  esac
}

# release_lock NAME
release_lock() { query_redis -n 32 del "berth:$1" >/dev/null; }
