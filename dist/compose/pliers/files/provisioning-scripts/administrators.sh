# Who makes the roles of a server: an administrator whose credentials are mounted, or an operator. For bash; it wants servers.sh.

# is_run_by_operator SERVER: whether an operator makes its roles and databases.
is_run_by_operator() { [[ $ROLES_MADE_BY == operator && ! -d /etc/berth/administrators/$1 ]]; }

# run_as_administrator SERVER DATABASE COMMAND …: as the role that makes roles and databases.
run_as_administrator() {
  local mount=/etc/berth/administrators/$1
  run_on_server "$1" "$2" "$(<"$mount/POSTGRES_ADMIN_USER")" "$(<"$mount/POSTGRES_ADMIN_PASSWORD")" "${@:3}"
}

# query_as_administrator SERVER DATABASE [psql's arguments …]
query_as_administrator() { run_as_administrator "$1" "$2" "${PSQL[@]}" "${@:3}"; }
