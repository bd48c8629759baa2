#!/bin/bash
# Puts the database of a tenant (TENANT=<slug>), the admin database (TENANT=admin), another one of the system's own (TENANT=<its name>) or all
# of them (TENANT=all) back to a snapshot (SNAPSHOT=latest, or the id of one). The database and its role have to be there: after a total loss, provisioning makes them first.
#
# A dump is restored beside the database and compared with what was dumped; then the two change names in one transaction. So a restore that
# fails changes nothing, and what was there before stays under another name.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/task.sh"
. "$SCRIPTS/snapshots.sh"

if has_tenants; then
  readonly EXPECTED='the slug of a tenant, admin, or all' FORM='^[a-z0-9]+(-[a-z0-9]+)*$'
  readonly FIRST='list it in tenants.yaml and run provisioning first, which makes role and database'
else
  if [[ -e /etc/berth/data/databases.tsv ]]; then
    readonly EXPECTED='the name of a database, admin, or all' FORM='^[a-z_][a-z0-9_]*$'
  else
    readonly EXPECTED='admin, or all' FORM='^(admin|all)$'
  fi
  readonly FIRST='run provisioning first, which makes role and database'
fi

check_request() {
  [[ -n ${TENANT:-} ]] || fail "TENANT is empty: expected $EXPECTED"
  [[ ${SNAPSHOT:=} =~ ^(latest|[0-9a-f]{8,64})$ ]] || fail "SNAPSHOT is $SNAPSHOT: expected latest, or the id of a snapshot"
  [[ $TENANT != all || $SNAPSHOT == latest ]] || fail 'SNAPSHOT belongs to one database, and TENANT is all: expected latest'
  [[ $TENANT =~ $FORM ]] || fail "TENANT is $TENANT: expected $EXPECTED"
}

# For for_each_tenant: the server of each tenant, by slug.
declare -A home
note_home() { [[ -z $3 ]] || home[$3]=$5; }

# is_asked_for SERVER DATABASE: whether it is the tenant's, or one of the system's own, that TENANT names.
is_asked_for() {
  if has_tenants; then
    [[ $2 == "$(tenant_role "$TENANT")" && $1 == "${home[$TENANT]:-$1}" ]]
  else
    [[ $2 == "$TENANT" ]] && is_own "$1" "$2"
  fi
}

# $chosen: the databases that are asked for, as SERVER/DATABASE. When all are, snapshots without a database are failures.
choose_databases() {
  local item server database path
  local -A here
  chosen=()
  for item in "${databases[@]}"; do
    server=${item%%/*} database=${item#*/}
    here[$(path_of "$server" "$database")]=yes
    case $TENANT in
      all)
        # It is where the others are renamed from, so it cannot be renamed itself.
        if [[ $database == postgres ]]; then say "$item: is left as it is"; else chosen+=("$item"); fi
        ;;
      admin) [[ $item != "${servers[0]}/$ADMIN_DATABASE" ]] || chosen+=("$item") ;;
      *) ! is_asked_for "$server" "$database" || chosen+=("$item") ;;
    esac
  done
  [[ $TENANT == all ]] || return 0
  for path in "${!newest[@]}"; do
    [[ $path != /*.*.sql || -n ${here[$path]:-} ]] || is_last_dump "$path" || tell_failure "$path" "there is no such database; $FIRST"
  done
}

# choose_snapshot SERVER DATABASE: $snapshot, and $path: its file in there.
choose_snapshot() {
  snapshot=$SNAPSHOT
  if [[ $snapshot == latest ]]; then
    path=$(path_of "$1" "$2")
    snapshot=$(snapshot_of "$path")
    [[ -n $snapshot ]] || fail 'there is no dump of it, and it is left as it is'
  else
    # It may be of another server.
    path=$(restic snapshots --no-lock --json --quiet "$snapshot" | sed -n 's/.*"paths":\["\([^"]*\)"\].*/\1/p')
    [[ $path == "/"*".$(encode_name "$2").sql" ]] || fail "snapshot $snapshot is a dump of ${path:-nothing}, expected one of $2"
  fi
}

# name_before NAME: under which the database of before stays: at most 63 bytes, and one of its own.
name_before() {
  local name=$1
  if ((${#name} > 41)); then name=${name:0:30}_$(cksum <<<"$name" | cut -d ' ' -f 1); fi
  printf '%s_before_%(%Y%m%d%H%M%S)T' "$name" -1
}

# copy_settings SERVER DATABASE SCRATCH: what no dump holds: settings and rights of the database itself. What only a superuser may set, a
# superuser has to set again.
copy_settings() {
  local server=$1 database=$2 scratch=$3 problems
  problems=$(query_as_backup "$server" postgres -v ON_ERROR_STOP=0 -v database="$database" -v scratch="$scratch" -f "$SCRIPTS/settings.sql" 2>&1)
  [[ -z $problems ]] || say "$(label_of "$server" "$database"): settings that were not taken over: ${problems//$'\n'/; }"
  query_as_backup "$server" "$database" -v scratch="$scratch" -f "$SCRIPTS/rights.sql"
}

# swap_databases SERVER DATABASE SCRATCH BEFORE: a rename waits a few seconds for sessions in the database to end, and new ones wait for the
# rename. So the sessions that are there are ended.
swap_databases() {
  local server=$1 database=$2 scratch=$3 before=$4 tries renaming
  for ((tries = 0; tries < 6; tries++)); do
    query_as_backup "$server" postgres -v database="$database" -v scratch="$scratch" -v before="$before" -f "$SCRIPTS/swap.sql" \
      2>"$work/swap-$scratch" &
    renaming=$!
    while kill -0 "$renaming" 2>/dev/null; do
      query_as_backup "$server" postgres -v database="$database" -f "$SCRIPTS/end-sessions.sql" >/dev/null
      sleep 0.2
    done
    wait "$renaming" && return
  done
  query_as_backup "$server" postgres -v database="$database" -f "$SCRIPTS/sessions.sql" >>"$work/swap-$scratch"
  fail "$(<"$work/swap-$scratch")"
}

# find_rows SERVER DATABASE: $found: what the database of before holds. Nobody knows its new name, so nobody writes into it between this look
# and its end.
find_rows() {
  query_as_backup "$1" postgres -v database="$2" <<<'alter database :"database" allow_connections true'
  found=$(query_as_backup "$1" "$2" -f "$SCRIPTS/rows.sql" || echo unknown)
  query_as_backup "$1" postgres -v database="$2" <<<'alter database :"database" allow_connections false'
}

# restore_one SERVER DATABASE
restore_one() {
  local server=$1 database=$2 path snapshot scratch before found said began=$SECONDS
  choose_snapshot "$server" "$database"
  scratch=$(scratch_name restore)
  before=$(name_before "$database")
  restore_dump "$server" "$database" "$snapshot" "$path" "$scratch"
  query_as_backup "$server" "$scratch" <<<'analyze'
  copy_settings "$server" "$database" "$scratch"
  swap_databases "$server" "$database" "$scratch" "$before"
  rm -f "$work/scratch/$server.$scratch"
  said="$(label_of "$server" "$database"): restored from snapshot ${snapshot:0:8}"
  find_rows "$server" "$before"
  if [[ -n $found ]]; then
    say "$said in $((SECONDS - began)) s; what was there is kept: DROP DATABASE \"$before\" when nobody misses it"
  else
    query_as_backup "$server" postgres -v database="$before" <<<'drop database :"database"'
    say "$said in $((SECONDS - began)) s; it was empty before"
  fi
}

prepare_task
check_request
! has_tenants || for_each_tenant note_home
open_repository || fail 'there is no repository: nothing was ever dumped'
find_databases
((${#databases[@]} > 0)) || finish_task 'there are no databases'
find_snapshots
drop_old_scratch_databases restore
choose_databases
if ((${#chosen[@]} == 0)); then
  say "$TENANT: FAILED: there is no such database; $FIRST"
  exit 1
fi
attempt_for_each restore_one < <(printf '%s\0' "${chosen[@]}")

finish_task "${#chosen[@]} databases restored; run provisioning and migrations now, which bring registry and schemas to what they should be"
