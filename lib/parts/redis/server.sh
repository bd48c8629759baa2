# The Redis that is dumped and restored.

# query_redis ARGUMENTS …: redis-cli, as the user who takes dumps. What is refused is an error.
query_redis() { REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -e -h "$REDIS_HOST" -p "$REDIS_PORT" --user backup --no-auth-warning "$@"; }

check_server() { [ "$(query_redis ping 2>"$LOG")" = PONG ] || fail "Redis does not answer: $(reason_in "$LOG")"; }

# take_lock NAME: one task at a time, for an hour at the most. Redis itself says whose turn it is: $answer. When it is full nobody can note
# anything in it, and whoever comes goes on: what it wants may be to keep or to replace just that.
take_lock() {
  answer=$(query_redis -n 32 set "berth:$1" "$(uname -n)" nx ex 3600 2>&1) || :
  case $answer in
    OK | OOM*) ;;
    *) return 1 ;;
  esac
}

# release_lock NAME
release_lock() { query_redis -n 32 del "berth:$1" >/dev/null; }
