# The registry of tenants, in the admin database of the main server.

# Runs SQL there as its owner.
query_as_owner() { query_server "$main" "$ADMIN_DATABASE" "$OWNER_ROLE" "$owner_password" "$@"; }

# The rows of the registry, by slug: the content of an active row, the server, whether it is active, and whether it changed since this
# Job began.
declare -A row=() place=() active=() changed=()

read_registry() {
  local slug server is_active is_changed rest
  while IFS=$US read -r -d '' slug server is_active is_changed rest; do
    place[$slug]=$server active[$slug]=$is_active changed[$slug]=$is_changed row[$slug]=$rest
  done < <(query_as_owner -0 -F "$US" -v "main=$main" -v "age=$((${EPOCHREALTIME/./} - began))" -f "$SCRIPTS/rows.sql" </dev/null)
  wait $! || stop_run 'the registry could not be read'
}

# PostgreSQL 14 lets everybody make tables in a new database, and only a superuser can take that right away.
tell_of_open_schema() {
  [[ $(query_as_owner -c "select has_schema_privilege('$READER_ROLE', 'public', 'create')" </dev/null) != t ]] ||
    say "server $main: note: $READER_ROLE may make tables in $ADMIN_DATABASE until a superuser runs there: revoke create on schema public from public"
}

# check_place SLUG ROLE SERVER: whether a tenant's data are on the server on which it is listed, or nowhere.
check_place() {
  local slug=$1 role=$2 server=$3 at=${place[$1]-$3}
  [[ $at != "$server" ]] || return 0
  if [[ -n ${host[$at]-} && -z ${away[$at]-}${facts["$at/$role"]-} ]] && ! is_run_by_operator "$at"; then return 0; fi
  problem="its data are on server $at, and it is listed on $server: move its database there first, and then in $ADMIN_DATABASE:"
  problem+=" update tenant_registry set server = '$server' where slug = '$slug'"
  return 1
}

# check_unchanged SLUG: whether a row is still as it was before us. Else our lists may be older than those of the run that changed it.
check_unchanged() {
  [[ ${changed[$1]-} != t ]] && return
  problem='its row in the registry has changed since this run began: run this again'
  return 1
}
