# The databases that a system without tenants has beside the admin database, on the main server, and the extensions of all of them.

# What databases.tsv says of them, in its order and by name. Without it there is the admin database alone, without extensions.
databases=()
declare -A owner=() extensions=()

read_databases() {
  local name role names
  [[ -e /etc/berth/data/databases.tsv ]] || return 0
  while IFS=$'\t' read -r name role names; do
    databases+=("$name")
    owner[$name]=$role extensions[$name]=$names
  done </etc/berth/data/databases.tsv
}

# make_extensions DATABASE: those that it lacks, by the administrator, who may make more of them than owners do.
make_extensions() {
  [[ -n ${extensions[$1]-} ]] || return 0
  attempt query_as_administrator "$main" "$1" -v "extensions=${extensions[$1]}" -f "$SCRIPTS/extensions.sql" </dev/null
}

# make_other_databases: those beside the admin database, with their owners. One that fails does not keep the others from being made.
make_other_databases() {
  local name status=0
  for name in "${databases[@]:1}"; do
    if update_system_role "$main" "${owner[$name]}" false "$name" "$name" && make_extensions "$name"; then
      say "database $name: ready"
    else
      say "database $name: FAILED: $problem"
      status=1
    fi
  done
  return "$status"
}
