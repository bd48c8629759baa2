# Ends writes to one database of the source, and gives them back. Its owner may do so, without being a superuser.

# query_beside [psql's arguments …]: on the source, from beside the database.
query_beside() { query source "$MAINTENANCE" -v database="$from" "$@"; }

check_owner() {
  local state
  state=$(query_beside <<<"select pg_has_role(datdba, 'usage') from pg_database where datname = :'database'")
  case $state in
    t) ;;
    f) fail "source $from: the role of SOURCE_URL does not own it, and cannot close it" ;;
    *) fail "source $from: there is no such database" ;;
  esac
}

# let_in: connections to a database that was sealed are allowed again; its transactions stay read-only.
let_in() {
  query_beside <<<"select format('alter database %I allow_connections true', datname) from pg_database
    where datname = :'database' and not datallowconn \\gexec"
}

close_database() {
  local problem
  check_owner
  let_in
  problem=$(query_beside -f "$SCRIPTS/not-closable.sql")
  [ -z "$problem" ] || fail "source $from: it cannot be closed: ${problem//$'\n'/; }"
  query_beside <<<"alter database :\"database\" set default_transaction_read_only = on"
  # Twice: a session that began at that moment may still be as before.
  query_beside -f "$SCRIPTS/end-sessions.sql"
  sleep 1
  query_beside -f "$SCRIPTS/end-sessions.sql"
  say "$from: closed: sessions were ended, and new ones are read-only"
}

# From here on no session begins, and none is left but the one that reads the last state.
seal_database() {
  check_owner
  act_as_owner
  case $(query target "$to" -c "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()") in
    "berth move: copied from $from, not yet sealed") ;;
    *) fail "target $to: no copy is in it: run copy first" ;;
  esac
  let_in
  check_versions
  roles_missing a >"$scratch/missing"
  FROM=$from query source "$from" -v database="$from" -f "$SCRIPTS/seal.sql" >"$scratch/source" ||
    fail "source $from: it could not be sealed: end what is connected to it, then run this again"
  compare_with_target '' ||
    fail "$from: the source was written after it was copied: end what writes to it, then run close, copy and seal again"
  query target "$to" -v mark="berth move: moved from $from at $(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    <<<"select format('comment on database %I is %L', current_database(), :'mark') \\gexec"
  say "$from: sealed: it accepts no connection, and $to holds its last state"
}

open_database() {
  check_owner
  let_in
  query_beside <<<"alter database :\"database\" reset default_transaction_read_only"
  say "$from: open: it takes connections and writes again"
}
