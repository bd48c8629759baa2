# PgBouncer, in front of the servers. It keeps the statements that it has prepared on its connections to the servers, and when a table has
# changed these are wrong: `select *` fails for new clients, too. So each replica is told to open new connections to a database whose
# migration has ended, well or not, since a failed one may have changed something. It disturbs nobody: a connection is closed between two
# transactions. For bash; it wants log.sh, servers.sh and tenants.sh.

# The databases that replicas are still to be told of, and until when that is tried. What each was told, as ADDRESS/DATABASE; why not, by
# address.
declare -A due=() told=() reason=()
replicas=()

has_pooler() { [[ -n ${POOLER_USER-} ]]; }

# Starts the process that tells the replicas, and goes on when one does not answer for a while.
start_telling() {
  exec {tell}> >(tell_replicas)
  teller=$!
}

# tell_of ID: of a database whose migration has ended.
tell_of() {
  case $1 in
    0000-*) printf '%s\n' "$ADMIN_DATABASE" >&"$tell" ;;
    *) printf '%s\n' "$(tenant_role "${1#*-}")" >&"$tell" ;;
  esac
}

# Waits until all are told; fails when one could not be.
finish_telling() {
  exec {tell}>&-
  wait "$teller"
}

# find_replicas: $replicas: the addresses of those that are ready. When there is none, nobody has anything prepared.
find_replicas() {
  local found
  found=$(getent ahosts "$POOLER_HOST" | awk '{ print $1 }' | sort -u) || :
  mapfile -t replicas < <(printf %s "$found")
  # Or no name can be resolved at this moment.
  [[ -n $found ]] || getent ahosts "${host[$main]}" >/dev/null
}

# tell_replica ADDRESS DATABASE …: when it cannot be told, $problem says why. A database of which it does not know it has no connections to.
tell_replica() {
  local said
  said=$(
    declare -A host=([pooler]=$1) port=([pooler]=$POOLER_PORT) tls=([pooler]=disable)
    printf 'RECONNECT %s;\n' "${@:2}" |
      query_server pooler pgbouncer "$POOLER_USER" "$(role_password "$POOLER_USER")" -v ON_ERROR_STOP=0 2>&1
  ) || said=${said:-psql failed}
  problem=$(grep -v -e 'no such database' <<<"$said" | head -n 1) || :
  problem=${problem#psql: error: }
  [[ -z $problem ]]
}

# Tells each replica once of what it was not told yet.
tell_all() {
  local address database list problem
  reason=()
  if ! find_replicas; then
    reason[$POOLER_HOST]='its name cannot be resolved'
    replicas=("$POOLER_HOST")
    return
  fi
  for address in "${replicas[@]}"; do
    list=()
    for database in "${!due[@]}"; do
      [[ -n ${told["$address/$database"]-} ]] || list+=("$database")
    done
    ((${#list[@]} > 0)) || continue
    if tell_replica "$address" "${list[@]}"; then
      for database in "${list[@]}"; do told["$address/$database"]=yes; done
    else
      reason[$address]=$problem
    fi
  done
}

# is_told DATABASE: whether every replica was; if not, $missing is one that was not.
is_told() {
  for missing in "${replicas[@]}"; do
    [[ -n ${told["$missing/$1"]-} ]] || return
  done
}

# Reads the names of databases until there are no more, and all replicas were told of them or time is up.
tell_replicas() {
  local database missing count=0 status=0
  while ((${#due[@]} > 0)) || read -r database; do
    [[ -z ${database-} ]] || due[$database]=$((SECONDS + WAIT_SECONDS))
    while read -r -t 0.1 database; do due[$database]=$((SECONDS + WAIT_SECONDS)); done
    database=
    tell_all
    for database in "${!due[@]}"; do
      if is_told "$database"; then
        count=$((count + 1))
      elif ((SECONDS >= ${due[$database]})); then
        say "PgBouncer at $missing: FAILED: it keeps its connections to $database: ${reason[$missing]-}"
        status=1
      else
        continue
      fi
      unset "due[$database]"
    done
    database=
    ((${#due[@]} == 0)) || sleep 2
  done
  say "PgBouncer: ${#replicas[@]} replicas were told of $count databases"
  return "$status"
}
