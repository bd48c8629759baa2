# The newest snapshot of each file.

# By path: its id, when it was taken (in seconds), how large it is, and whether it is the last dump of a tenant that was removed.
declare -A newest taken bytes final

find_snapshots() {
  local path id time size last
  restic snapshots --no-lock --json --quiet --host "$SNAPSHOT_HOST" >"$work/snapshots" 2>"$LOG" || fail_repository read "$LOG"
  # No other program here reads JSON than a PostgreSQL server.
  SNAPSHOTS=$work/snapshots query_as_backup "$(find_answering_server)" postgres -f "$SCRIPTS/snapshots.sql" >"$work/newest"
  while IFS=$'\t' read -r path id time size last; do
    newest[$path]=$id taken[$path]=$time bytes[$path]=$size final[$path]=$last
  done <"$work/newest"
}

# snapshot_of PATH: its newest one; nothing when there is none.
snapshot_of() { printf %s "${newest[$1]:-}"; }

# snapshot_age PATH, in seconds
snapshot_age() { printf %s $(($(date +%s) - ${taken[$1]})); }

# snapshot_size PATH, in bytes
snapshot_size() { printf %s "${bytes[$1]}"; }

# is_last_dump PATH: whether it is that of a tenant that was removed.
is_last_dump() { [[ ${final[$1]:-f} == t ]]; }
