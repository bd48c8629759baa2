#!/bin/bash
# PostgreSQL's restore_command: `restore-wal.sh NAME PATH` fetches a file of the write-ahead log from the archive. In $WORK it notes what
# the archive does not have, and why it could not be read.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/log.sh"
. "$SCRIPTS/barman.sh"

readonly NOT_THERE=1

for pause in 1 5 20 0; do
  code=0
  run_barman wal-restore "$1" "$2" 2>"$WORK/problems" || code=$?
  case $code in
    0) exit 0 ;;
    "$NOT_THERE")
      printf '%s\n' "$1" >>"$WORK/absent"
      exit 1
      ;;
  esac
  sleep "$pause"
done
reason_in "$WORK/problems" >"$WORK/unreadable"
# It ends the recovery: a smaller code would mean that the archive ends here.
exit 255
