#!/bin/bash
# Puts the database of a tenant (TENANT=<slug>), the admin database (TENANT=admin) or all of them (TENANT=all) back to a snapshot
# (SNAPSHOT=latest, or the id of one). The database and its role have to be there: after a total loss, provisioning makes them first.
#
# A dump is restored beside the database and compared with what was dumped; then the two change names in one transaction. So a restore that
# fails changes nothing, and what was there before stays under another name.
source /etc/berth/scripts/common.sh
begin

declare -A home
if has_tenants; then
  readonly EXPECTED='the slug of a tenant, admin, or all' FORM='^[a-z0-9]+(-[a-z0-9]+)*$'
  readonly FIRST='list it in tenants.yaml and run provisioning first, which makes role and database'
  while IFS=$'\t' read -r slug _ server _; do home[$slug]=$server; done </etc/berth/data/tenants.tsv
else
  readonly EXPECTED='admin, or all' FORM='^(admin|all)$'
  readonly FIRST='run provisioning first, which makes role and database'
fi

[[ -n ${TENANT:-} ]] || die "TENANT is empty: expected $EXPECTED"
[[ $SNAPSHOT =~ ^(latest|[0-9a-f]{8,64})$ ]] || die "SNAPSHOT is $SNAPSHOT: expected latest, or the id of a snapshot"
[[ $TENANT != all || $SNAPSHOT == latest ]] || die 'SNAPSHOT belongs to one database, and TENANT is all: expected latest'
[[ $TENANT =~ $FORM ]] || die "TENANT is $TENANT: expected $EXPECTED"

# The name under which the database of before stays: at most 63 bytes, and one of its own.
name_before() {
  local name=$1
  if ((${#name} > 41)); then name=${name:0:30}_$(cksum <<<"$name" | cut -d ' ' -f 1); fi
  printf '%s_before_%(%Y%m%d%H%M%S)T' "$name" -1
}

# The rename waits a few seconds for sessions to end, and new ones wait for the rename: so end those that are there.
swap() {
  local server=$1 database=$2 scratch=$3 before=$4 attempt renaming
  for attempt in 1 2 3 4 5 6; do
    ask "$server" postgres -v database="$database" -v scratch="$scratch" -v before="$before" -f "$SCRIPTS/swap.sql" 2>"$work/swap-$scratch" &
    renaming=$!
    while kill -0 "$renaming" 2>/dev/null; do
      ask "$server" postgres -v database="$database" -f "$SCRIPTS/end-sessions.sql" >/dev/null
      sleep 0.2
    done
    wait "$renaming" && return
  done
  die "$(cat "$work/swap-$scratch"; ask "$server" postgres -v database="$database" -f "$SCRIPTS/sessions.sql")"
}

# restore_one SERVER DATABASE
restore_one() {
  local server=$1 database=$2 label path snapshot=$SNAPSHOT scratch before used notes began=$SECONDS
  label=$(label_of "$server" "$database")
  if [[ $snapshot == latest ]]; then
    path=$(path_of "$server" "$database")
    snapshot=${newest[$path]:-}
    [[ -n $snapshot ]] || die 'there is no dump of it, and it is left as it is'
  else
    # It may be of another server.
    path=$(restic snapshots --no-lock --json --quiet "$snapshot" | sed -n 's/.*"paths":\["\([^"]*\)"\].*/\1/p')
    [[ $path == "/"*".$(encode "$database").sql" ]] || die "snapshot $snapshot is a dump of ${path:-nothing}, expected one of $database"
  fi
  scratch=$(scratch_name restore)
  before=$(name_before "$database")
  bring_back "$server" "$database" "$snapshot" "$path" "$scratch"
  ask "$server" "$scratch" <<<'analyze'
  # What no dump holds: settings and rights of the database itself. What only a superuser may set, a superuser has to set again.
  notes=$(ask "$server" postgres -v ON_ERROR_STOP=0 -v database="$database" -v scratch="$scratch" -f "$SCRIPTS/settings.sql" 2>&1)
  [[ -z $notes ]] || say "$label: settings that were not taken over: ${notes//$'\n'/; }"
  ask "$server" "$database" -v scratch="$scratch" -f "$SCRIPTS/rights.sql"
  swap "$server" "$database" "$scratch" "$before"
  # Nobody knows it by its new name, so nothing comes into it between a look and its end.
  ask "$server" postgres -v before="$before" <<<'alter database :"before" allow_connections true'
  used=$(ask "$server" "$before" -f "$SCRIPTS/rows.sql" || echo unknown)
  ask "$server" postgres -v before="$before" <<<'alter database :"before" allow_connections false'
  rm -f "$work/scratch/$server.$scratch"
  notes="$label: restored from snapshot ${snapshot:0:8} in $((SECONDS - began)) s"
  if [[ -n $used ]]; then
    say "$notes; what was there is kept: DROP DATABASE \"$before\" when nobody misses it"
  else
    ask "$server" postgres -v database="$before" <<<'drop database :"database"'
    say "$notes; it was empty before"
  fi
}

open_repository || die 'there is no repository: nothing was ever dumped'
find_databases
((${#databases[@]} > 0)) || conclude 'there are no databases'
find_snapshots
drop_leftovers restore

chosen=()
declare -A here
for item in "${databases[@]}"; do
  server=${item%%/*} database=${item#*/}
  here[$(path_of "$server" "$database")]=yes
  case $TENANT in
    all)
      # Everybody meets there; nobody can rename it.
      if [[ $database == postgres ]]; then say "$item: is left as it is"; else chosen+=("$item"); fi
      ;;
    admin) [[ $item != "${servers[0]}/$ADMIN_DATABASE" ]] || chosen+=("$item") ;;
    *) [[ $database != "$TENANT_PREFIX${TENANT//-/_}" || $server != "${home[$TENANT]:-$server}" ]] || chosen+=("$item") ;;
  esac
done
if [[ $TENANT == all ]]; then
  for path in "${!newest[@]}"; do
    [[ $path != /*.*.sql || -n ${here[$path]:-} || -n ${final[$path]:-} ]] || failed "$path" "there is no such database; $FIRST"
  done
fi
((${#chosen[@]} > 0)) || die "$TENANT: FAILED: there is no such database; $FIRST"
in_parallel restore_one < <(printf '%s\0' "${chosen[@]}")

conclude "${#chosen[@]} databases restored; run provisioning and migrations now, which bring registry and schemas to what they should be"
