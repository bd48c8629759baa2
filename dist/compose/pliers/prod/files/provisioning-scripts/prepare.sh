# What each server has beside the tenants' own: the system's roles, and on the main one the admin database.

# Why a server cannot be used, by its name.
declare -A away=()

# All servers are waited for at once: under kubectl everything starts together.
wait_for_servers() {
  local server problem
  while IFS=$US read -r server problem; do
    away[$server]=$problem
  done < <(
    for server in "${servers[@]}"; do wait_for_server "$server" & done
    wait
  )
}

# wait_for_server SERVER: its name and what is wrong with it, when it does not come.
wait_for_server() {
  local server=$1 address=${host[$1]}:${port[$1]} said=''
  until pg_isready -q -t 5 -U "$OWNER_ROLE" -h "${host[$server]}" -p "${port[$server]}"; do
    if ((SECONDS >= WAIT_SECONDS)); then
      say "$server$US$address has taken no connections for $WAIT_SECONDS s"
      break
    fi
    [[ -n $said ]] || say "server $server: waiting for $address" >&2
    said=yes
    sleep 1
  done
}

# A server without the password of its administrator cannot be used.
check_administrators() {
  local server
  for server in "${servers[@]}"; do
    if [[ -z ${away[$server]-} ]] && ! is_run_by_operator "$server"; then
      read_password "/etc/berth/administrators/$server/POSTGRES_ADMIN_PASSWORD" || away[$server]=$problem
    fi
  done
}

# Lets one run at a time work on the servers.
lock_servers() {
  if is_run_by_operator "$main"; then
    retry can_connect "$main" "$ADMIN_DATABASE" "$OWNER_ROLE" "$owner_password" ||
      stop_run "server $main: FAILED: the operator has not let $OWNER_ROLE into $ADMIN_DATABASE for $WAIT_SECONDS s"
    take_lock query_as_owner || stop_run "server $main: FAILED: $problem"
  else
    take_lock query_as_administrator "$main" postgres || stop_run "server $main: FAILED: $problem"
  fi
}

# take_lock QUERY …: in the database that this command queries. Its psql goes on to read from a pipe until this script ends, and so its session
# keeps the lock until then.
take_lock() {
  local answer
  coproc LOCK {
    "$@" -v "wait=${LOCK_SECONDS}s" -f "$SCRIPTS/lock.sql" -f - 2>&1 || say lost
    read -r _ || :
  }
  problem=
  while read -r answer <&"${LOCK[0]}"; do
    case $answer in
      held)
        exec {lock_answers}<&"${LOCK[0]}" {lock_queries}>&"${LOCK[1]}"
        return
        ;;
      lost)
        problem=${problem:-psql ended}
        return 1
        ;;
      waiting)
        say "another run is at work: waiting for it, up to $LOCK_SECONDS s"
        problem="the other run was still at work after $LOCK_SECONDS s"
        ;;
      *) problem=${problem:-${answer##psql:?( error:|+([! ]):+([0-9]):) }} ;;
    esac
  done
}

# is_lock_held: whether the session that holds it still answers. It may be gone, such as after a failover, and the lock another run's.
is_lock_held() {
  local answer
  (echo "select 'alive';" >&"$lock_queries") 2>/dev/null || return
  while read -r -t 20 -u "$lock_answers" answer; do
    case $answer in
      alive) return ;;
      lost) return 1 ;;
    esac
  done
  return 1
}

# prepare_server SERVER: when it cannot be done, $problem says why.
prepare_server() {
  local server=$1
  if ! is_run_by_operator "$server"; then make_system_roles "$server" || return; fi
  if [[ $server == "$main" ]]; then make_extensions "$ADMIN_DATABASE" && prepare_admin_database; fi
}

# make_system_roles SERVER
make_system_roles() {
  local server=$1 entered=postgres
  [[ $server != "$main" ]] || entered=$ADMIN_DATABASE
  update_system_role "$server" "$BACKUP_ROLE" true '' "$entered" || return
  update_system_role "$server" "$RESTORE_ROLE" false '' postgres || return
  if [[ $server == "$main" ]]; then
    update_system_role "$server" "$OWNER_ROLE" false "$ADMIN_DATABASE" "$entered" || return
    if has_tenants; then
      update_system_role "$server" "$READER_ROLE" false '' "$entered" || return
      update_system_role "$server" "$WRITER_ROLE" false '' "$entered" || return
    fi
  fi
  attempt query_as_administrator "$server" postgres \
    -v "backup=$BACKUP_ROLE" -v "restore=$RESTORE_ROLE" -f "$SCRIPTS/server.sql" </dev/null || return
  ! has_tenants || tell_of_open_databases "$server"
}

# tell_of_open_databases SERVER: those that everybody may enter, and that only a superuser may close.
tell_of_open_databases() {
  local open
  open=$(query_as_administrator "$1" postgres -c "select string_agg(quote_ident(datname), ', ' order by datname) from pg_database
    where datname in ('postgres', 'template1') and has_database_privilege('public', oid, 'connect')" </dev/null 2>/dev/null) || return 0
  [[ -z $open ]] || say "server $1: note: tenants may enter $open, and hold locks there, until a superuser runs there:" \
    "grant connect on database postgres to \"$(<"/etc/berth/administrators/$1/POSTGRES_ADMIN_USER")\" with grant option;" \
    "revoke connect on database $open from public"
}

# What its owner does in the admin database.
prepare_admin_database() {
  local what=(-v "database=$ADMIN_DATABASE" -v "backup=$BACKUP_ROLE" -f "$SCRIPTS/private.sql")
  ! has_tenants || what+=(-v "reader=$READER_ROLE" -v "writer=$WRITER_ROLE" -f "$SCRIPTS/registry.sql")
  [[ ! -e /etc/berth/init/init.sql ]] || what+=(-c 'set search_path = public' -f /etc/berth/init/init.sql)
  if is_run_by_operator "$main"; then retry query_as_owner "${what[@]}"; else attempt query_as_owner "${what[@]}" </dev/null; fi
}
