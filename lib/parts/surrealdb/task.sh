# What the tasks beside this file share; each of them reads it first. They run in SurrealDB's image with a shell, which has busybox;
# restic comes from a container before.
set -eu
set -o pipefail
umask 077
export PATH="/tools:$PATH:/"

readonly LOG=/tmp/log

. "$SCRIPTS/log.sh"
. "$SCRIPTS/restic.sh"
. "$SCRIPTS/server.sh"
. "$SCRIPTS/dumps.sh"

# wait_for_task PROCESS: until it ends. A shell that waits handles a signal at once: it passes it on, so that restic removes its lock.
wait_for_task() {
  task=$1
  trap stop_task TERM INT
  code=0
  wait "$task" || code=$?
  stop_scratch_server
  exit "$code"
}

stop_task() {
  trap '' TERM INT
  for program in surreal restic; do pkill -TERM -x "$program" || :; done
  { sleep 10 && kill -KILL "$task"; } 2>/dev/null &
  wait "$task" || :
  say 'stopped before the end, since it was told to'
  exit 143
}
