# Dumps of Redis: a folder each, with dump.rdb, and in `facts` what it holds.

# The folder that becomes a snapshot; its name is part of each.
readonly DUMP=/tmp/redis
# Where one comes back to.
readonly RESTORED=/tmp/restored

# check_dump FILE: whether it is whole; $keys: how many it holds.
check_dump() {
  local code=0
  redis-check-rdb "$1" >"$LOG" 2>&1 || code=$?
  keys=$(sed -n 's/^\[info\] \([0-9]*\) keys read$/\1/p' "$LOG")
  if [ "$code" -ne 0 ] || [ -z "$keys" ] || ! grep -q 'RDB looks OK' "$LOG"; then
    fail "the dump is not whole: $(grep -v '^\[info\]' "$LOG" | tail -n 2 | join_lines)"
  fi
}

checksum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# save_dump TAG: takes a dump and keeps it as a snapshot, or fails and keeps none. $snapshot, $size, $keys: what it became.
save_dump() {
  local time
  rm -rf "$DUMP"
  mkdir "$DUMP"
  time=$(date +%s)
  query_redis --rdb "$DUMP/dump.rdb" >"$LOG" 2>&1 || fail "no dump could be taken: $(reason_in "$LOG")"
  check_dump "$DUMP/dump.rdb"
  printf '%s\n' "time $time" "keys $keys" "sha256 $(checksum_of "$DUMP/dump.rdb")" >"$DUMP/facts"
  save_snapshot --tag "$1" "$DUMP"
  size=$(wc -c <"$DUMP/dump.rdb")
  rm -rf "$DUMP"
}

# dumped_fact NAME: what was noted when the dump was taken: time, keys, or sha256.
dumped_fact() { sed -n "s/^$1 //p" "$RESTORED/facts"; }

# query_scratch ARGUMENTS …: redis-cli on the scratch server, which only this pod reaches.
query_scratch() { env -u REDISCLI_AUTH redis-cli -e -s /tmp/scratch.sock "$@"; }

# restore_dump SNAPSHOT: into a scratch server, and compares what came back with what was dumped. $keys, $size: of the dump.
restore_dump() {
  local loaded
  run_restic restore --quiet --host "$SNAPSHOT_HOST" --path "$DUMP" --tag nightly --target "$RESTORED" "$1:$DUMP" 2>"$LOG" ||
    fail "nothing could be restored: $(reason_in "$LOG")"
  [ -s "$RESTORED/facts" ] && [ -s "$RESTORED/dump.rdb" ] || fail 'the snapshot holds no dump'
  [ "$(checksum_of "$RESTORED/dump.rdb")" = "$(dumped_fact sha256)" ] || fail 'the dump is not the one that was taken: another checksum'
  check_dump "$RESTORED/dump.rdb"
  [ "$keys" = "$(dumped_fact keys)" ] || fail "the dump holds $keys keys, and $(dumped_fact keys) were dumped"
  start_scratch_server
  loaded=$(query_scratch info keyspace | tr -d '\r' | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')
  [ "$loaded" = "$keys" ] || fail "only $loaded of $keys keys came back"
  size=$(wc -c <"$RESTORED/dump.rdb")
}

# Starts it with the data that came back.
start_scratch_server() {
  local pid
  redis-server "$SCRIPTS/scratch.conf" --dir "$RESTORED" >/tmp/scratch.log 2>&1 &
  pid=$!
  until [ "$(query_scratch ping 2>/dev/null)" = PONG ]; do
    kill -0 "$pid" 2>/dev/null || fail "no server could start with it: $(tail -n 2 /tmp/scratch.log | join_lines)"
    sleep 0.1
  done
}
