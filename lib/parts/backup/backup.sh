#!/bin/bash
# Dumps the roles and every database of every server, a snapshot each; then forgets the snapshots that are no longer kept.
# What cannot be dumped is told and fails the Job, and stops nothing else.
source /etc/berth/scripts/common.sh
begin

dump_one() {
  local began=$SECONDS
  dump "$1" "$2"
  say "$(label_of "$1" "$2"): dumped, $size bytes in $((SECONDS - began)) s"
}

# Only after a run in which nothing failed: an old dump may be the last one that is whole. The last snapshots of a database that is gone are
# never forgotten, since what counts is days, weeks and months that have one.
forget() {
  locked forget --quiet --host "$SNAPSHOT_HOST" --group-by host,paths --keep-tag final \
    --keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --keep-monthly "$KEEP_MONTHLY" --prune
}

# Two first runs at once would each leave a key, and nothing opens a repository that has one too many: so one at a time looks, and makes it.
make_repository() {
  NEW=$work/new LOG=$work/init ask "$(that_answers)" postgres -f "$SCRIPTS/repository.sql"
  [[ ! -e $work/new ]] || say 'the repository was empty, and is new'
  open_repository || { cp "$work/init" "$work/repository"; unusable made; }
}

find_databases
open_repository || make_repository
((${#left_out[@]} == 0)) || say "${left_out[@]}"
for server in "${servers[@]}"; do [[ ! -e $work/databases-$server ]] || databases+=("$server/"); done
in_parallel dump_one < <(printf '%s\0' "${databases[@]}")

if (($(failures) == 0)); then
  attempt 'retention' forget
else
  say 'nothing is forgotten'
fi
conclude "${#databases[@]} dumps of ${#servers[@]} servers; kept: $KEEP_DAILY daily, $KEEP_WEEKLY weekly, $KEEP_MONTHLY monthly of each"
