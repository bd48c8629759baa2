#!/bin/bash
# Proves that the dumps can be restored: the repository is sound, the newest dump of every database is young enough (RPO), and the system's own
# databases and some tenants', other ones each day, come back as they were, in time (RTO). They come back on a server of their own, if there
# is one; or else beside the others, if there is room.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/task.sh"
. "$SCRIPTS/administrators.sh"
. "$SCRIPTS/snapshots.sh"
. "$SCRIPTS/room.sh"

# The databases of tenants that are younger than the RPO, by label: they may have no dump yet.
declare -A young
find_young_tenants() {
  local server database
  while read -r database; do
    for server in "${servers[@]}"; do young[$(label_of "$server" "$database")]=yes; done
  done < <(query_registry -v seconds="$RPO_SECONDS" \
    <<<"select database_name from public.tenant_registry where created_at > now() - make_interval(secs => :seconds)" 2>/dev/null)
}

test_repository() { check_repository || fail "$(grep -v '^$' "$LOG" | head -n 4 | join_lines)"; }

# check_age SERVER DATABASE: of its newest dump; without a database, of that of the server's roles.
check_age() {
  local label path age
  label=$(label_of "$1" "$2") path=$(path_of "$1" "$2")
  # The last dump of a tenant that was removed says nothing of one that came back.
  if [[ -z $(snapshot_of "$path") ]] || is_last_dump "$path"; then
    [[ -n ${young[$label]:-} ]] || tell_failure "$label" 'it was never dumped'
    return
  fi
  age=$(snapshot_age "$path")
  ((age <= RPO_SECONDS)) ||
    tell_failure "$label" "its newest dump is $(format_duration "$age") old, more than the RPO of $(format_duration "$RPO_SECONDS")"
}

check_ages() {
  local server item
  for server in "${servers[@]}"; do
    ! is_answering "$server" || check_age "$server" ''
  done
  for item in "${databases[@]}"; do check_age "${item%%/*}" "${item#*/}"; done
}

# $chosen: the system's own databases, and the next tenants' each day, so that every one has its turn.
choose_databases() {
  local item server database count index today tenants=()
  chosen=()
  for item in "${databases[@]}"; do
    server=${item%%/*} database=${item#*/}
    [[ -n $(snapshot_of "$(path_of "$server" "$database")") ]] || continue
    if is_own "$server" "$database"; then
      chosen+=("$item")
    elif has_tenants && [[ $database == "$TENANT_PREFIX"* ]]; then
      tenants+=("$item")
    fi
  done
  count=${#tenants[@]} today=$(($(date +%s) / 86400))
  for ((index = 0; index < count && index < SAMPLE; index++)); do chosen+=("${tenants[(today * SAMPLE + index) % count]}"); done
}

# restore_one SERVER DATABASE
restore_one() {
  local server=$1 database=$2 target=${drill_server:-$1} path scratch began=$SECONDS
  check_room "$server" "$database" "$target"
  path=$(path_of "$server" "$database")
  scratch=$(scratch_name drill)
  restore_dump "$server" "$database" "$(snapshot_of "$path")" "$path" "$scratch" "$target"
  drop_scratch_databases "$scratch"
  say "$(label_of "$server" "$database"): restored as it was dumped, $(snapshot_size "$path") bytes in $((SECONDS - began)) s"
}

prepare_task
read_drill_server
open_repository || fail 'there is no repository: nothing was ever dumped'
attempt 'repository' test_repository
find_databases
((${#databases[@]} > 0)) || finish_task 'there are no databases'
find_snapshots
drop_old_scratch_databases drill
[[ -z $drill_server ]] || drop_leftovers "$drill_server" drill
! has_tenants || find_young_tenants
check_ages
choose_databases

began=$SECONDS
total=0
for item in "${chosen[@]}"; do
  server=${item%%/*} database=${item#*/}
  attempt "$(label_of "$server" "$database")" restore_one "$server" "$database"
  total=$((total + $(snapshot_size "$(path_of "$server" "$database")")))
done
took=$((SECONDS - began))
((${#chosen[@]} > 0)) || tell_failure 'restore' 'there is nothing to restore'
((took <= RTO_SECONDS)) || tell_failure 'restore' "it took $took s, more than the $RTO_SECONDS s of the RTO"

finish_task "no dump is older than $(format_duration "$RPO_SECONDS"); ${#chosen[@]} of ${#databases[@]} databases came back, $total bytes in $took s"
