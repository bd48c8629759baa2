# restic, which keeps the dumps. In POSIX shell with `local`; it wants log.sh, and in $LOG a file for what restic says.

# How often the whole of the data is read: once in so many days.
readonly CHECK_PARTS=28

# run_restic ARGUMENTS …: waits for the lock that it needs. The lock of a process that was killed keeps others out until it is half an
# hour old, and is removed then.
run_restic() {
  local code until
  until=$(($(date +%s) + 2700))
  while :; do
    code=0
    restic --retry-lock 5m "$@" || code=$?
    if [ "$code" -ne 11 ] || [ "$(date +%s)" -ge "$until" ]; then return "$code"; fi
    restic unlock --quiet
  done
}

# fail_repository WHAT FILE: ends the script, since the repository cannot be opened, or made. FILE has what restic says of it.
fail_repository() {
  local tried
  tried=$(sed -n 's/.* returned error, retrying after [^ ]* //p' "$2" | tail -n 1)
  fail "the repository cannot be $1: ${tried:-$(reason_in "$2")}"
}

# Returns 10 when there is no repository. Not for longer than $OPEN_SECONDS: restic goes on for a quarter of an hour when the store is away
# or does not take the key.
open_repository() {
  local code=0
  timeout "${OPEN_SECONDS:-300}" restic cat config --no-lock >/dev/null 2>"$LOG" || code=$?
  case $code in
    0) restic unlock --quiet || fail 'the repository cannot be unlocked' ;;
    10) return 10 ;;
    *) fail_repository opened "$LOG" ;;
  esac
}

# Whether the repository is sound, and the part of its data that is read today. What is wrong is in $LOG.
check_repository() {
  local part
  part=$(($(date +%s) / 86400 % CHECK_PARTS + 1))
  run_restic check --quiet --with-cache --read-data-subset "$part/$CHECK_PARTS" >"$LOG" 2>&1
}

# save_snapshot ARGUMENTS …: $snapshot: its id. $summary: what restic says of it, as JSON. With --force restic does not look for the
# snapshot before, for which it would read all there are.
save_snapshot() {
  summary=$(run_restic backup --force --json --quiet --host "$SNAPSHOT_HOST" "$@") || return
  snapshot=$(printf %s "$summary" | sed -n 's/.*"snapshot_id":"\([0-9a-f]*\)".*/\1/p')
  [ -n "$snapshot" ] || fail "restic names no snapshot: $summary"
}

# forget_snapshots ARGUMENTS …: those that are no longer kept.
forget_snapshots() {
  run_restic forget --quiet --host "$SNAPSHOT_HOST" "$@" \
    --keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --keep-monthly "$KEEP_MONTHLY" --prune
}

# How many are kept, in words.
kept_snapshots() { printf '%s daily, %s weekly, %s monthly' "$KEEP_DAILY" "$KEEP_WEEKLY" "$KEEP_MONTHLY"; }
