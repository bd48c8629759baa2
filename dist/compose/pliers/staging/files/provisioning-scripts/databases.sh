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

# make_extensions DATABASE: those that it lacks, by the administrator, who may make more of them than owners do; or by the owner, where an
# operator makes roles and databases.
make_extensions() {
  local -a what=(-v "extensions=${extensions[$1]-}" -f "$SCRIPTS/extensions.sql")
  if [[ -z ${extensions[$1]-} ]]; then
    return
  elif is_run_by_operator "$main"; then
    read_password "/etc/berth/roles/${owner[$1]}" &&
      attempt query_server "$main" "$1" "${owner[$1]}" "$password" "${what[@]}" </dev/null
  else
    attempt query_as_administrator "$main" "$1" "${what[@]}" </dev/null
  fi
}

# make_database DATABASE: one beside the admin database, with its owner.
make_database() {
  if is_run_by_operator "$main"; then
    read_password "/etc/berth/roles/${owner[$1]}" && wait_for_owner "$main" "$1" "${owner[$1]}" "$password"
  else
    update_system_role "$main" "${owner[$1]}" false "$1" "$1"
  fi && make_extensions "$1"
}

# make_other_databases: those beside the admin database. One that fails does not keep the others from being made.
make_other_databases() {
  local name status=0
  for name in "${databases[@]:1}"; do
    if make_database "$name"; then
      say "database $name: ready"
    else
      say "database $name: FAILED: $problem"
      status=1
    fi
  done
  return "$status"
}
