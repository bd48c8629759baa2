#!/bin/bash
# Drops the database and role of each tenant whose state is "removed": after a last dump, which is kept for ever, was restored and was
# found to be what is dropped. Its row in the registry stays, inactive.
source /etc/berth/scripts/common.sh
begin

readonly CLOSED_WITHIN=${CLOSED_WITHIN:-300}

# Whether an operator makes and drops the roles of a server.
by_operator() { [[ $ROLES_MADE_BY == operator && ! -d /etc/berth/administrators/$1 ]]; }

as_administrator() {
  local server=$1 database=$2 mount=/etc/berth/administrators/$1
  shift 2
  PGHOST=${host[$server]} PGPORT=${port[$server]} PGSSLMODE=${tls[$server]} PGSSLROOTCERT=/etc/berth/ca/$server/ca.crt PGDATABASE=$database \
    PGUSER=$(<"$mount/POSTGRES_ADMIN_USER") PGPASSWORD=$(<"$mount/POSTGRES_ADMIN_PASSWORD") PGCONNECT_TIMEOUT=10 PGAPPNAME=${0##*/} \
    psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

# The role must not let anybody in any more: what is written after the last dump would be lost.
close() {
  local server=$1 database=$2 until=$((SECONDS + CLOSED_WITHIN))
  if by_operator "$server"; then
    until [[ $(ask "$server" postgres -v role="$database" <<<"select rolcanlogin from pg_roles where rolname = :'role'") == f ]]; do
      ((SECONDS < until)) || die "role $database can still log in after $CLOSED_WITHIN s: nothing was dropped"
      sleep 5
    done
  else
    as_administrator "$server" postgres -v role="$database" <<<'alter role :"role" nologin'
  fi
  ask "$server" postgres -v database="$database" -f "$SCRIPTS/end-sessions.sql" >/dev/null
}

# Whether the tenant is still to be removed: somebody may have changed their mind while its last dump was made.
still_removed() {
  local slug=$1 server=$2 database=$3 state active may_come sessions
  state=$(awk -F '\t' -v slug="$slug" '$1 == slug { print $2 }' /etc/berth/data/tenants.tsv)
  [[ $state == removed ]] || die "it is ${state:-not listed} by now: nothing was dropped"
  active=$(ask "${servers[0]}" "$ADMIN_DATABASE" -v slug="$slug" <<<"select from public.tenant_registry where slug = :'slug' and is_active" | wc -l)
  may_come=$(ask "$server" postgres -v role="$database" <<<"select from pg_roles where rolname = :'role' and rolcanlogin" | wc -l)
  sessions=$(ask "$server" postgres -v database="$database" -f "$SCRIPTS/sessions.sql")
  ((active == 0 && may_come == 0)) && [[ -z $sessions ]] || die "somebody was let in meanwhile: nothing was dropped${sessions:+: $sessions}"
}

# Copies that restores have left: they are the tenant's, and go with it.
drop_copies() {
  local server=$1 role=$2 copy
  while IFS= read -r copy; do
    ask "$server" postgres -v copy="$copy" <<<'drop database :"copy" with (force)'
    say "tenant $3: $copy, which a restore had left, is dropped"
  done < <(ask "$server" postgres -v role="$role" \
    <<<"select datname from pg_database where datdba = :'role'::regrole and not datallowconn and datname ~ '_before_[0-9]{14}$'")
}

# remove_one SLUG SERVER
remove_one() {
  local slug=$1 server=$2 database=$TENANT_PREFIX${1//-/_} found place scratch did=
  found=$(ask "$server" postgres -v name="$database" <<<"select exists (select from pg_database where datname = :'name'), exists (select from pg_roles where rolname = :'name')")
  place=$(ask "${servers[0]}" "$ADMIN_DATABASE" -v slug="$slug" <<<"select server from public.tenant_registry where slug = :'slug'")
  [[ ${place:-$server} == "$server" ]] || die "its data are on server $place, and it is listed on $server: nothing was dropped"
  ask "${servers[0]}" "$ADMIN_DATABASE" -v slug="$slug" \
    <<<"update public.tenant_registry set is_active = false, updated_at = now() where slug = :'slug' and is_active"
  if [[ $found == t\|* ]]; then
    close "$server" "$database"
    dump "$server" "$database" --tag final
    scratch=$(scratch_name removal)
    bring_back "$server" "$database" "$snapshot" "$(path_of "$server" "$database")" "$scratch"
    drop_scratch "$scratch"
    # Whoever may pass a closed door, an administrator, has not written meanwhile either.
    compare "$scratch" "$server" "$database"
    still_removed "$slug" "$server" "$database"
    ask "$server" postgres -v database="$database" <<<'drop database :"database" with (force)'
    say "tenant $slug: its database is dropped; the last dump is snapshot ${snapshot:0:8}, $size bytes, which is kept for ever"
    did=yes
  fi
  [[ $found != *\|t ]] || drop_copies "$server" "$database" "$slug"
  if [[ $found == *\|t ]] && ! by_operator "$server"; then
    as_administrator "$server" postgres -v role="$database" <<<'drop role :"role"'
    say "tenant $slug: its role is dropped"
    did=yes
  fi
  [[ -n $did ]] || say "tenant $slug: is gone already"
}

removed=()
while IFS=$'\t' read -r slug state server _; do
  [[ $state == removed ]] || continue
  if [[ ! $slug =~ ^[a-z0-9]+(-[a-z0-9]+)*$ || -z ${host[$server]:-} ]]; then
    failed "tenant $slug" "expected a slug and one of the servers ${servers[*]}, and not $server"
  else
    removed+=("$slug" "$server")
  fi
done </etc/berth/data/tenants.tsv
((${#removed[@]} > 0)) || {
  say 'no tenant is removed'
  exit 0
}

open_repository || die 'there is no repository for a last dump: run a backup first'
find_databases
drop_leftovers removal
for ((index = 0; index < ${#removed[@]}; index += 2)); do
  attempt "tenant ${removed[index]}" remove_one "${removed[index]}" "${removed[index + 1]}"
done
conclude "$((${#removed[@]} / 2)) tenants are removed"
