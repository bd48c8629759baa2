#!/bin/bash
# Dumps the roles and every database of every server, a snapshot each; then forgets the snapshots that are no longer kept.
# A database that cannot be dumped is named in the log and fails the Job; the others are dumped, and their old snapshots forgotten, all the
# same.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/task.sh"
. "$SCRIPTS/dumps.sh"
. "$SCRIPTS/snapshots.sh"
. "$SCRIPTS/push.sh"

# dump_one SERVER DATABASE
dump_one() {
  local began=$SECONDS
  dump_database "$1" "$2"
  say "$(label_of "$1" "$2"): dumped, $size bytes in $((SECONDS - began)) s"
}

# Of a database that is gone or cannot be dumped the last snapshots stay for ever: restic counts the days, weeks and months that have a
# snapshot, of each database by itself, and makes none of a dump that fails.
forget_dumps() { forget_snapshots --group-by host,paths --keep-tag final; }

# Two runs that make a repository at the same time would each leave a key in it, and nothing opens it then. So one at a time looks whether
# there is one, and makes it.
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

attempt 'retention' forget_dumps
# The dumps are kept whatever comes of it. It fails the Job, since nobody would see otherwise that databases are watched no longer.
[[ -z ${PUSHGATEWAY:-} || ${#databases[@]} == 0 ]] || attempt 'pushgateway' push_ages
finish_task "${#databases[@]} dumps of ${#servers[@]} servers; kept: $(kept_snapshots) of each"
