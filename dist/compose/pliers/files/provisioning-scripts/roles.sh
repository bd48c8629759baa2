# Roles, and the databases that they own.

# can_connect SERVER DATABASE ROLE PASSWORD
can_connect() { query_server "$@" -c 'select' </dev/null >/dev/null 2>&1; }

# update_role SERVER ROLE LOGIN LIMIT CREATEDB DATABASE NEW_PASSWORD: makes a role, or changes what differs; and, when they are named, the
# database that it owns and the password that it does not have yet. psql asks for that as for one at a terminal, of which it has none here.
update_role() {
  local server=$1 role=$2 login=$3 limit=$4 createdb=$5 database=$6 new_password=$7
  local -a what=(-v "role=$role" -v "login=$login" -v "limit=$limit" -v "createdb=$createdb" -f "$SCRIPTS/role.sql")
  [[ -z $database ]] || what+=(-v "database=$database" -v "backup=$BACKUP_ROLE" -f "$SCRIPTS/database.sql")
  [[ $login == true ]] || what+=(-f "$SCRIPTS/close.sql")
  [[ -z $new_password ]] || what+=(-c "\\password $role")
  attempt run_as_administrator "$server" postgres setsid "${PSQL[@]}" "${what[@]}" < <(printf '%s\n%s\n' "$new_password" "$new_password")
}

# update_system_role SERVER ROLE CREATEDB OWNED ENTERED: one of the system's own roles, and the database that it owns, if any. Whether its
# password is right is tried in a database that it may enter.
update_system_role() {
  local server=$1 role=$2 createdb=$3 owned=$4 entered=$5
  read_password "/etc/berth/roles/$role" || return
  ! can_connect "$server" "$entered" "$role" "$password" || password=
  update_role "$server" "$role" true -1 "$createdb" "$owned" "$password" && return
  problem="role $role: $problem"
  return 1
}

# wait_for_owner SERVER DATABASE ROLE PASSWORD: until the operator has made a database and lets its owner in, who closes it to others.
wait_for_owner() { retry query_server "$@" -v "database=$2" -v "backup=$BACKUP_ROLE" -f "$SCRIPTS/private.sql"; }

# close_database SERVER DATABASE: nobody but its owner gets into a database that an operator made; when the owner does not log in, the role
# that dumps acts for it.
close_database() {
  read_password "/etc/berth/roles/$BACKUP_ROLE" &&
    retry query_server "$1" postgres "$BACKUP_ROLE" "$password" -v "database=$2" -v "backup=$BACKUP_ROLE" -f "$SCRIPTS/private.sql"
}
