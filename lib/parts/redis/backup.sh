#!/bin/sh
# Takes a dump of Redis and keeps it as a snapshot; then forgets the snapshots that are no longer kept.
. /etc/berth/scripts/common.sh

main() {
  began=$(date +%s)
  [ "$(server ping 2>"$LOG")" = PONG ] || die "Redis does not answer: $(reason "$LOG")"
  open_repository || make_repository
  dump nightly
  say "dumped: $keys keys, $size bytes in $(($(date +%s) - began)) s, snapshot $(printf %.8s "$snapshot")"
  # Only now: an old dump may be the last one that is whole.
  locked forget --quiet --host "$SNAPSHOT_HOST" --path "$DUMP" --group-by host,paths,tags \
    --keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --keep-monthly "$KEEP_MONTHLY" --prune
  say "kept: $KEEP_DAILY daily, $KEEP_WEEKLY weekly, $KEEP_MONTHLY monthly"
}

supervise main
