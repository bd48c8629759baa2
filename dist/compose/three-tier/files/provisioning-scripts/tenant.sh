# One tenant: its role, its database, and its row in the registry.

# What facts.sql says of tenants' roles and databases, by server/role.
declare -A facts=()

# read_facts SERVER
read_facts() {
  local server=$1 role rest
  while IFS=$US read -r -d '' role rest; do
    facts["$server/$role"]=$rest
  done < <(query_as_administrator "$server" postgres -0 -F "$US" -v "prefix=$TENANT_PREFIX" -v "backup=$BACKUP_ROLE" -f "$SCRIPTS/facts.sql" </dev/null)
  wait $! || away["$server"]='its roles could not be read'
}

# facts_wanted LOGIN LIMIT OWNER: what facts.sql says of a role and its database when they are as they are to be.
facts_wanted() { printf '%s' "$1$US$2${US}t$US$3${US}t"; }

# check_server SERVER: whether it can be used.
check_server() {
  problem=${away[$1]:+server $1: ${away[$1]}}
  [[ -z $problem ]]
}

# open_tenant SERVER ROLE LIMIT PASSWORD: a role that gets into its database, which is the owner's part where an operator makes them.
open_tenant() {
  local server=$1 role=$2 limit=$3 password=$4 known
  check_server "$server" || return
  if is_run_by_operator "$server"; then
    wait_for_owner "$server" "$role" "$role" "$password"
    return
  fi
  known=${facts["$server/$role"]-}
  if [[ -n $known ]] && can_connect "$server" "$role" "$role" "$password"; then
    [[ $known != "$(facts_wanted t "$limit" "$role")" ]] || return 0
    password=
  fi
  update_role "$server" "$role" true "$limit" false "$role" "$password"
}

# close_tenant SERVER ROLE LIMIT STATE: a role that gets in nowhere. Of a suspended tenant what is missing is made: its data may be restored.
close_tenant() {
  local server=$1 role=$2 limit=$3 state=$4 known=${facts["$1/$2"]-}
  check_server "$server" || return
  if is_run_by_operator "$server"; then
    [[ $state != suspended ]] || close_database "$server" "$role"
    return
  fi
  if [[ $state == suspended ]]; then
    [[ $known == "$(facts_wanted f "$limit" "$role")" ]] || update_role "$server" "$role" false "$limit" false "$role" ''
  elif [[ $known == t* ]]; then
    attempt query_as_administrator "$server" postgres -v "role=$role" -f "$SCRIPTS/close.sql" </dev/null
  fi
}

# activate_tenant SERVER ROLE LIMIT SLUG NAME: the row, which leads the application to it, comes last.
activate_tenant() {
  local server=$1 role=$2 limit=$3 slug=$4 name=$5 url
  read_password "/etc/berth/tenants/$slug" || return
  url=$CONNECTION_SCHEME://$role:$(encode_for_url "$password")@$POOLER_HOST:$POOLER_PORT/$role
  if [[ ${active[$slug]-}$US${row[$slug]-} == "t$US$server$US$role$US$url$US$name" ]]; then
    open_tenant "$server" "$role" "$limit" "$password"
  else
    check_unchanged "$slug" && open_tenant "$server" "$role" "$limit" "$password" &&
      attempt query_as_owner -f "$SCRIPTS/row.sql" < <(printf '%s\t%s\t%s\t%s\t%s\n' "$slug" "$server" "$role" "$url" "$name")
  fi
}

# deactivate_tenant SERVER ROLE LIMIT SLUG STATE: the row comes first.
deactivate_tenant() {
  local server=$1 role=$2 limit=$3 slug=$4 state=$5
  if [[ ${active[$slug]-} == t ]]; then
    check_unchanged "$slug" || return
    attempt query_as_owner -v "slug=$slug" -f "$SCRIPTS/deactivate.sql" </dev/null || return
  fi
  close_tenant "$server" "$role" "$limit" "$state"
}

# update_tenant SERVER LIMIT SLUG STATE NAME: prints how that went, in one write, so that lines of several workers do not mix.
update_tenant() {
  local server=$1 limit=$2 slug=$3 state=$4 name=$5 outcome=failed role
  role=$(tenant_role "$slug")
  problem=
  if ! check_place "$slug" "$role" "$server"; then
    :
  elif [[ $state == active ]]; then
    ! activate_tenant "$server" "$role" "$limit" "$slug" "$name" || outcome=ready
  elif deactivate_tenant "$server" "$role" "$limit" "$slug" "$state"; then
    outcome=$state
  fi
  printf '%s\n' "$outcome$US$slug$US$problem"
}
