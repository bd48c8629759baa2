# The databases of all servers, and the roles that work on them.

# query_as_backup SERVER DATABASE [psql's arguments …]: as the role that dumps and restores.
query_as_backup() { query_server "$1" "$2" "$BACKUP_ROLE" "$(role_password "$BACKUP_ROLE")" "${@:3}"; }

# query_as_restore SERVER DATABASE [psql's arguments …]: as the role that loads dumps, and may do nothing else.
query_as_restore() { query_server "$1" "$2" "$RESTORE_ROLE" "$(role_password "$RESTORE_ROLE")" "${@:3}"; }

# query_for_role SERVER DATABASE ROLE [psql's arguments …]: the role that dumps acts for another one.
query_for_role() {
  local role=$3
  role=${role//\\/\\\\} role=${role// /\\ }
  PGOPTIONS="$PGOPTIONS -c role=$role" query_as_backup "$1" "$2" "${@:4}"
}

# query_registry [psql's arguments …]: in the admin database.
query_registry() { query_as_backup "${servers[0]}" "$ADMIN_DATABASE" "$@"; }

# own_databases: the names of the system's own databases, which are on the first server: the admin database, and the others of databases.tsv.
own_databases() {
  if [[ -e /etc/berth/data/databases.tsv ]]; then cut -f 1 /etc/berth/data/databases.tsv; else printf '%s\n' "$ADMIN_DATABASE"; fi
}

# is_own SERVER DATABASE
is_own() { [[ $1 == "${servers[0]}" ]] && own_databases | grep -qFxe "$2"; }

# encode_name NAME: so that no character means anything to files, URLs or JSON.
encode_name() { percent_encode "$1" '_-'; }

# path_of SERVER DATABASE: its file in its snapshots; without a database, that of the server's roles.
path_of() { printf '/%s%s.sql' "$1" "${2:+.$(encode_name "$2")}"; }

# label_of SERVER DATABASE: what it is called in the log.
label_of() { if [[ -n $2 ]]; then printf '%s/%s' "$1" "$(encode_name "$2")"; else printf '%s: roles' "$1"; fi; }

# The databases that are to be dumped, as SERVER/DATABASE; and those that are not, a line each that says why.
databases=() left_out=()

# Fills both. A server that does not answer is a failure.
find_databases() {
  local server record
  for server in "${servers[@]}"; do
    attempt "server $server" list_databases "$server"
    is_answering "$server" || continue
    while IFS= read -r -d '' record; do
      case $record in
        dump\|*) databases+=("$server/${record#*|}") ;;
        *) left_out+=("$(label_of "$server" "${record#*|}"): left out: ${record%%|*}") ;;
      esac
    done <"$work/databases-$server"
  done
}

# list_databases SERVER
list_databases() {
  query_as_backup "$1" postgres -0 -f "$SCRIPTS/databases.sql" >"$work/listing-$1"
  mv "$work/listing-$1" "$work/databases-$1"
}

# is_answering SERVER: whether it has said what databases it has.
is_answering() { [[ -e $work/databases-$1 ]]; }

# The first server that answers, or the last one.
find_answering_server() {
  local server
  for server in "${servers[@]}"; do
    ! is_answering "$server" || break
  done
  printf %s "$server"
}

tell_left_out() { ((${#left_out[@]} == 0)) || printf '%s\n' "${left_out[@]}"; }
