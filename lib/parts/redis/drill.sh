#!/bin/sh
# Proves that the dumps can be restored: the repository is sound, the newest dump is young enough (RPO), and comes back in a server of its
# own with all that it held, in time (RTO).
. /etc/berth/scripts/common.sh

# The whole of the data is read once in four weeks.
readonly READ_PARTS=28

span() { printf '%d h %02d min' $(($1 / 3600)) $(($1 / 60 % 60)); }

main() {
  open_repository || die 'there is no repository: nothing was ever dumped'
  part=$(($(date +%s) / 86400 % READ_PARTS + 1))
  locked check --quiet --with-cache --read-data-subset "$part/$READ_PARTS" >"$LOG" 2>&1 || die "the repository: $(reason "$LOG")"
  began=$(date +%s)
  bring_back latest
  took=$(($(date +%s) - began)) age=$((began - time))
  say "restored as it was dumped: $keys keys, $size bytes in $took s"
  failed=
  if [ "$age" -gt "$RPO_SECONDS" ]; then
    failed="the newest dump is $(span "$age") old, more than the RPO of $(span "$RPO_SECONDS")"
  fi
  if [ "$took" -gt "$RTO_SECONDS" ]; then
    failed="${failed:+$failed; }the restore took $took s, more than the $RTO_SECONDS s of the RTO"
  fi
  [ -z "$failed" ] || die "$failed"
  say "the newest dump is $(span "$age") old"
}

supervise main
