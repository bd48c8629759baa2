#!/bin/bash
# Dumps the roles and every database of every server, a snapshot each; then forgets the snapshots that are no longer kept.
# What cannot be dumped is told and fails the Job, and stops nothing else.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/task.sh"
. "$SCRIPTS/dumps.sh"

# dump_one SERVER DATABASE
dump_one() {
  local began=$SECONDS
  dump_database "$1" "$2"
  say "$(label_of "$1" "$2"): dumped, $size bytes in $((SECONDS - began)) s"
}

# The last snapshots of a database that is gone are never forgotten, since what counts is days, weeks and months that have one.
forget_dumps() { forget_snapshots --group-by host,paths --keep-tag final; }

# Two first runs at once would each leave a key, and nothing opens a repository that has one too many: so one at a time looks, and makes it.
make_repository() {
  NEW=$work/new LOG=$work/made query_as_backup "$(find_answering_server)" postgres -f "$SCRIPTS/repository.sql"
  [[ ! -e $work/new ]] || say 'the repository was empty, and is new'
  open_repository || fail_repository made "$work/made"
}

prepare_task
find_databases
open_repository || make_repository
tell_left_out
for server in "${servers[@]}"; do
  # The roles of each server that answers.
  ! is_answering "$server" || databases+=("$server/")
done
attempt_for_each dump_one < <(printf '%s\0' "${databases[@]}")

if (($(count_failures) == 0)); then
  attempt 'retention' forget_dumps
else
  say 'nothing is forgotten'
fi
finish_task "${#databases[@]} dumps of ${#servers[@]} servers; kept: $(kept_snapshots) of each"
