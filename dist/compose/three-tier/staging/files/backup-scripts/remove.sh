#!/bin/bash
# Drops the database and role of each tenant whose state is "removed": after a last dump, which is kept for ever, was restored and was
# found to be what is dropped. Its row in the registry stays, inactive.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/task.sh"
. "$SCRIPTS/administrators.sh"
. "$SCRIPTS/dumps.sh"

readonly CLOSED_WITHIN=${CLOSED_WITHIN:-300}

# For for_each_tenant. $removed: server and slug of each tenant that is to be removed.
removed=()
choose_removed() {
  local line=$1 mistake=$2 slug=$3 state=$4 server=$5
  [[ $state == removed ]] || return 0
  if [[ -z $mistake ]]; then removed+=("$server" "$slug"); else tell_failure "line $line of tenants.tsv" "it has $mistake"; fi
}

# state_of SLUG: as tenants.tsv has it now.
state_of() {
  local wanted=$1
  for_each_tenant print_state
}
print_state() { [[ $3 != "$wanted" ]] || printf %s "$4"; }

# close_tenant SERVER DATABASE: the role must not let anybody in any more: what is written after the last dump would be lost.
close_tenant() {
  local server=$1 database=$2 until=$((SECONDS + CLOSED_WITHIN))
  if is_run_by_operator "$server"; then
    until [[ $(query_as_backup "$server" postgres -v role="$database" <<<"select rolcanlogin from pg_roles where rolname = :'role'") == f ]]; do
      ((SECONDS < until)) || fail "role $database can still log in after $CLOSED_WITHIN s: nothing was dropped"
      sleep 5
    done
  else
    query_as_administrator "$server" postgres -v role="$database" <<<'alter role :"role" nologin'
  fi
  query_as_backup "$server" postgres -v database="$database" -f "$SCRIPTS/end-sessions.sql" >/dev/null
}

# check_still_removed SERVER DATABASE SLUG: the tenant may have been enabled again while its last dump was made.
check_still_removed() {
  local server=$1 database=$2 slug=$3 state active may_come sessions
  state=$(state_of "$slug")
  [[ $state == removed ]] || fail "it is ${state:-not listed} by now: nothing was dropped"
  active=$(query_registry -v slug="$slug" <<<"select from public.tenant_registry where slug = :'slug' and is_active" | wc -l)
  may_come=$(query_as_backup "$server" postgres -v role="$database" <<<"select from pg_roles where rolname = :'role' and rolcanlogin" | wc -l)
  sessions=$(query_as_backup "$server" postgres -v database="$database" -f "$SCRIPTS/sessions.sql")
  ((active == 0 && may_come == 0)) && [[ -z $sessions ]] || fail "it was enabled again or has sessions: nothing was dropped${sessions:+: $sessions}"
}

# drop_copies SERVER ROLE SLUG: what restores have left is the tenant's, and goes with it.
drop_copies() {
  local server=$1 role=$2 copy
  while IFS= read -r copy; do
    query_as_backup "$server" postgres -v copy="$copy" <<<'drop database :"copy" with (force)'
    say "tenant $3: $copy, which a restore had left, is dropped"
  done < <(query_as_backup "$server" postgres -v role="$role" \
    <<<"select datname from pg_database where datdba = :'role'::regrole and not datallowconn and datname ~ '_before_[0-9]{14}$'")
}

# remove_database SERVER DATABASE SLUG
remove_database() {
  local server=$1 database=$2 slug=$3 scratch
  close_tenant "$server" "$database"
  dump_database "$server" "$database" --tag final
  scratch=$(scratch_name removal)
  restore_dump "$server" "$database" "$snapshot" "$(path_of "$server" "$database")" "$scratch"
  drop_scratch_databases "$scratch"
  # An administrator can still get in: this shows whether one has written meanwhile.
  compare_with_dump "$server" "$database" "$scratch"
  check_still_removed "$server" "$database" "$slug"
  query_as_backup "$server" postgres -v database="$database" <<<'drop database :"database" with (force)'
  say "tenant $slug: its database is dropped; the last dump is snapshot ${snapshot:0:8}, $size bytes, which is kept for ever"
}

# remove_tenant SERVER SLUG
remove_tenant() {
  local server=$1 slug=$2 database found place
  database=$(tenant_role "$slug")
  found=$(query_as_backup "$server" postgres -v name="$database" \
    <<<"select exists (select from pg_database where datname = :'name'), exists (select from pg_roles where rolname = :'name')")
  place=$(query_registry -v slug="$slug" <<<"select server from public.tenant_registry where slug = :'slug'")
  [[ ${place:-$server} == "$server" ]] || fail "its data are on server $place, and it is listed on $server: nothing was dropped"
  query_registry -v slug="$slug" \
    <<<"update public.tenant_registry set is_active = false, updated_at = now() where slug = :'slug' and is_active"
  [[ $found != t\|* ]] || remove_database "$server" "$database" "$slug"
  [[ $found != *\|t ]] || drop_copies "$server" "$database" "$slug"
  if [[ $found == *\|t ]] && ! is_run_by_operator "$server"; then
    query_as_administrator "$server" postgres -v role="$database" <<<'drop role :"role"'
    say "tenant $slug: its role is dropped"
  elif [[ $found != t\|* ]]; then
    say "tenant $slug: is gone already"
  fi
}

prepare_task
for_each_tenant choose_removed
if ((${#removed[@]} == 0)); then
  say 'no tenant is removed'
  exit 0
fi

open_repository || fail 'there is no repository for a last dump: run a backup first'
find_databases
drop_old_scratch_databases removal
for ((index = 0; index < ${#removed[@]}; index += 2)); do
  attempt "tenant ${removed[index + 1]}" remove_tenant "${removed[index]}" "${removed[index + 1]}"
done
finish_task "$((${#removed[@]} / 2)) tenants are removed"
