# A server of this pod's own, and how far it comes with the archive. For bash; it wants log.sh and barman.sh, and in $WORK a folder.

# Where a server says how far it came.
readonly LOG=$WORK/log

# start_server MOMENT: recovers to it; without one, as far as the archive goes. Returns when it takes connections, or has ended.
start_server() {
  {
    cat "$SCRIPTS/scratch.conf"
    printf "%s = '%s'\n" hba_file "$WORK/hba" ident_file "$WORK/ident" unix_socket_directories "$WORK" recovery_target_time "$1"
  } >"$WORK/postgresql.conf"
  # Its folder lets nobody else in.
  echo 'local all all trust' >"$WORK/hba"
  : >"$WORK/ident"
  touch "$DATA/recovery.signal"
  pg_ctl start --silent --timeout 600 --pgdata "$DATA" --log "$LOG" --options "-c config_file=$WORK/postgresql.conf" >/dev/null 2>&1 || return
  until pg_isready --quiet --host "$WORK"; do
    pg_ctl status --pgdata "$DATA" >/dev/null || return
    sleep 0.5
  done
}

stop_server() { pg_ctl stop --silent --mode immediate --pgdata "$DATA" >/dev/null 2>&1 || :; }

# Why it did not come up.
server_failure() { grep -E '(FATAL|PANIC|ERROR):' "$LOG" | tail -n 2 | sed 's/^.*\(FATAL\|PANIC\|ERROR\): *//' | join_lines; }

# When the last transaction ended that came back; nothing when there was none after the base backup.
last_transaction() { sed -n 's/.*last completed transaction was at log time //p' "$LOG" | tail -n 1; }

# The segment that was asked for last and is not in the archive, of each timeline that it could be of.
absent_segments() {
  local last
  last=$(grep -Ex '[0-9A-F]{24}' "$WORK/absent" | tail -n 1) || return 0
  grep -Ex "[0-9A-F]{8}${last:8}" "$WORK/absent" | sort -ru
}

# segment_after SEGMENT NUMBER: the name of the one that comes so many later.
segment_after() {
  local bytes per_log number
  bytes=$(pg_controldata "$DATA" | sed -n 's/^Bytes per WAL segment: *//p')
  per_log=$((0x100000000 / bytes))
  number=$((16#${1:8:8} * per_log + 16#${1:16} + $2))
  printf '%s%08X%08X' "${1:0:8}" $((number / per_log)) $((number % per_log))
}

# later_segment SEGMENT …: one that comes after these and is in the archive; nothing when the archive ends before them.
later_segment() {
  local segment number next
  for number in 1 2 3 4 5 6 7 8 16 32 64 128 256; do
    for segment in "$@"; do
      next=$(segment_after "$segment" "$number")
      if run_barman wal-restore "$next" "$DATA/later" >/dev/null 2>&1; then
        rm -f "$DATA/later"
        printf %s "$next"
        return
      fi
    done
  done
}

# check_end BASE_END: whether the archive is whole, and not older than the RPO, where it ends before the moment. A server to which nobody
# writes archives nothing, but for its base backups.
check_end() {
  local segments later last newest=0 age
  mapfile -t segments < <(absent_segments)
  later=$(later_segment "${segments[@]}")
  last=$(last_transaction)
  [[ -z $later ]] ||
    fail "the archive has no segment ${segments[0]}, but $later after it: nothing after ${last:-the base backup} can be restored. Make a base backup at once"
  [[ -z $last ]] || newest=$(date -d "$last" +%s)
  ((newest > $1)) || newest=$1
  age=$(($(date +%s) - newest))
  ((age <= RPO_SECONDS)) ||
    fail "the archive ends $(format_duration "$age") ago, more than the RPO of $(format_duration "$RPO_SECONDS"): nothing was written since, or the cluster does not archive"
}

# recover MOMENT BASE_END: $reached: what it came to, in words.
recover() {
  : >"$WORK/absent"
  reached=$1
  start_server "$1" && return
  [[ ! -s $WORK/unreadable ]] || fail "the archive cannot be read: $(<"$WORK/unreadable")"
  grep -q 'recovery ended before configured recovery target was reached' "$LOG" ||
    fail "the server did not recover: $(server_failure)$(absent_segments | sed 's/^/; the archive has no segment /' | head -n 1)"
  check_end "$2"
  reached="the end of the archive, which has nothing as late as $1"
  start_server '' || fail "the server did not recover: $(server_failure)"
}
