# A task that a signal ends in order, and what a drill asks of a restore. In POSIX shell with `local`; it wants log.sh, and in $PROGRAMS what the
# task runs besides restic.

# wait_for_task PROCESS: until it ends. A shell that waits handles a signal at once: it passes it on, so that restic removes its lock, and
# the rest has seconds to clear up.
wait_for_task() {
  task=$1
  trap end_task TERM INT
  code=0
  wait "$task" || code=$?
  exit "$code"
}

end_task() {
  trap '' TERM INT
  for program in $PROGRAMS restic; do pkill -TERM -x "$program" || :; done
  { sleep 10 && kill -KILL "$task"; } 2>/dev/null &
  wait "$task" || :
  say 'stopped before the end, since it was told to'
  exit 143
}

# check_objectives AGE TOOK: whether a dump that is AGE seconds old, and was restored in TOOK, is within RPO and RTO.
check_objectives() {
  local failures=''
  if [ "$1" -gt "$RPO_SECONDS" ]; then
    failures="the newest dump is $(format_duration "$1") old, more than the RPO of $(format_duration "$RPO_SECONDS")"
  fi
  if [ "$2" -gt "$RTO_SECONDS" ]; then
    failures="${failures:+$failures; }the restore took $2 s, more than the $RTO_SECONDS s of the RTO"
  fi
  [ -z "$failures" ] || fail "$failures"
  say "the newest dump is $(format_duration "$1") old"
}
