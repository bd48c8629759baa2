# Whether a drill has room for a database: it never fills the server that serves.

# The server that restores go to instead of the one that each database is on, if there is one.
drill_server=

# Reads it from $DRILL_SERVER. Nothing on it is dumped, so it is none of $servers.
read_drill_server() {
  local serving=("${servers[@]}")
  [[ -n ${DRILL_SERVER-} ]] || return 0
  read_server_list DRILL_SERVER < <(printf %s "$DRILL_SERVER")
  drill_server=${servers[-1]}
  servers=("${serving[@]}")
}

# volume_of SERVER: the size of its volume in bytes; nothing when it is not known, as that of a managed server.
volume_of() { tr ' ' '\n' <<<"$VOLUME_BYTES" | sed -n "s/^$1=//p"; }

# check_room SERVER DATABASE TARGET: of the database to be restored, and where to. What a restore writes to the log takes as much again.
check_room() {
  local server=$1 database=$2 target=$3 size volume used
  size=$(query_as_backup "$server" postgres -v database="$database" <<<"select pg_database_size(:'database')")
  if [[ $target == "$server" ]] && ((size > LARGEST_BYTES)); then
    fail "given a database of $size bytes, expected at most $LARGEST_BYTES, the limit on a server that serves, and it is not restored:" \
      'raise backups.drill.largest, or give drills a server of their own, backups.drill.server'
  fi
  volume=$(volume_of "$target")
  [[ -n $volume ]] || return 0
  used=$(query_as_backup "$target" postgres \
    <<<"select coalesce(sum(pg_database_size(oid)), 0) from pg_database where has_database_privilege(oid, 'connect')")
  ((used + 2 * size <= volume - volume / 10)) ||
    fail "given $used bytes in use and a database of $size bytes, expected room for it and as much of the log on the volume of $volume bytes" \
      "of server $target, and it is not restored: enlarge the volume, or give drills a server of their own, backups.drill.server"
}

# make_missing_roles SERVER OWNER MANIFEST: on the server for drills, whom a dump gives rights to, and its owner. They log in nowhere.
make_missing_roles() {
  local server=$1 owner=$2 manifest=$3 role
  while IFS= read -r role; do
    query_as_administrator "$server" postgres -v role="$role" -v backup="$BACKUP_ROLE" -f "$SCRIPTS/drill-role.sql"
  done < <(printf '%s\n' "$owner" && MANIFEST=$manifest query_as_backup "$server" postgres -f "$SCRIPTS/missing-roles.sql")
}
