# Dumps of databases: a snapshot each.

# dump_database SERVER DATABASE [restic's arguments …]: one snapshot, or none. $snapshot, $size: what it became. Without a database, of the
# server's roles.
dump_database() {
  local server=$1 database=$2 path problems code=0
  problems=$(mktemp -p "$work")
  path=$(path_of "$server" "$database")
  shift 2
  PROBLEMS=$problems save_snapshot "$@" --stdin-filename "${path#/}" --stdin-from-command -- bash "$SCRIPTS/dump.sh" "$server" "$database" ||
    code=$?
  sed 's/^/dump: /' "$problems" >&2
  ((code == 0)) || return "$code"
  size=$(sed -n 's/.*"total_bytes_processed":\([0-9]*\).*/\1/p' <<<"$summary")
}
