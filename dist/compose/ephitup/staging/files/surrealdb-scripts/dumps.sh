# Dumps of SurrealDB: a folder with `facts`, in `databases` a line for each database (a number, its namespace and its name, with tabs), and by
# that number its export with the users of the database, how many records its tables had before and after, and the names of its accesses and of
# the users of its namespace; `root.users` names those of the root. SurrealDB tells no passwords of the last two.

# The folder that becomes a snapshot, together with the files of the application; its name is part of each.
readonly DUMP=/tmp/surrealdb
# Where one is restored to.
readonly RESTORED=/tmp/restored

TAB=$(printf '\t')
readonly TAB

# decode WORD: of Base64.
decode() { printf %s "$1" | base64 -d; }

# dump_database NUMBER NAMESPACE DATABASE. An export is of one moment; records that are written meanwhile are counted before or after.
# Accesses are left out: SurrealDB exports them without their keys, and refuses to import such ones. A person makes them again.
dump_database() {
  local namespace=$2 database=$3
  count_records "$SURREAL_ENDPOINT" "$namespace" "$database" >"$DUMP/$1.before"
  surreal export --endpoint "$SURREAL_ENDPOINT" --namespace="$namespace" --database="$database" --accesses false \
    "$DUMP/$1.surql" >"$LOG" 2>&1 || fail "$namespace/$database could not be exported: $(reason_in "$LOG")"
  [ -s "$DUMP/$1.surql" ] || fail "$namespace/$database could not be exported: the export is empty"
  count_records "$SURREAL_ENDPOINT" "$namespace" "$database" >"$DUMP/$1.after"
  list_accesses "$SURREAL_ENDPOINT" "$namespace" "$database" >"$DUMP/$1.accesses"
  list_users "$SURREAL_ENDPOINT" "$namespace" >"$DUMP/$1.users"
}

# save_dump TAG: dumps all databases, and keeps them with the files of the application as one snapshot.
save_dump() {
  local number=0 namespace database began
  began=$(date +%s)
  rm -rf "$DUMP"
  mkdir "$DUMP"
  printf 'time %s\n' "$began" >"$DUMP/facts"
  list_databases "$SURREAL_ENDPOINT" >/tmp/databases
  list_users "$SURREAL_ENDPOINT" '' >"$DUMP/root.users"
  while IFS="$TAB" read -r namespace database; do
    number=$((number + 1))
    printf '%s\t%s\t%s\n' "$number" "$namespace" "$database" >>"$DUMP/databases"
    dump_database "$number" "$namespace" "$database" </dev/null
  done </tmp/databases
  [ "$number" -gt 0 ] || fail 'SurrealDB holds no database'
  save_snapshot --tag "$1" "$DUMP" ${FILES:+"$FILES"} --exclude "$FILES/lost+found"
  say "dumped: $number databases, $(cat "$DUMP"/*.surql | wc -c) bytes${FILES:+, with the files of the application,} in" \
    "$(($(date +%s) - began)) s, snapshot $(printf %.8s "$snapshot")"
  rm -rf "$DUMP"
}

# fetch_dump SNAPSHOT: of the nightly ones, or one by its id.
fetch_dump() {
  local tag=''
  [ "$1" != latest ] || tag=nightly
  rm -rf "$RESTORED"
  run_restic restore --quiet --host "$SNAPSHOT_HOST" ${tag:+--tag "$tag"} --target "$RESTORED" "$1:$DUMP" 2>"$LOG" ||
    fail "nothing could be restored: $(reason_in "$LOG")"
  [ -s "$RESTORED/databases" ] || fail 'the snapshot holds no databases'
}

# When the fetched dump was taken, in seconds.
dump_time() { sed -n 's/^time //p' "$RESTORED/facts"; }

# compare_counts NUMBER ENDPOINT NAMESPACE DATABASE: whether each table has as many records as it had before or after its export, or as many
# as are between these; tables that came later may be there or not. $records: how many there are in all.
compare_counts() {
  local found="$RESTORED/$1.found" wrong
  count_records "$2" "$3" "$4" >"$found"
  wrong=$(awk '
    FILENAME ~ /before$/ { least[$1] = most[$1] = $2; next }
    FILENAME ~ /after$/ { if (!($1 in least)) least[$1] = 0; if ($2 < least[$1]) least[$1] = $2; if ($2 > most[$1]) most[$1] = $2; next }
    { found[$1] = $2 }
    END { for (table in most) if (found[table] + 0 < least[table] || found[table] > most[table])
      print table, found[table] + 0, most[table] }' "$RESTORED/$1.before" "$RESTORED/$1.after" "$found" | sort | head -n 1)
  if [ -n "$wrong" ]; then
    # shellcheck disable=SC2086 # three words
    set -- "$3" "$4" $wrong
    fail "$1/$2: table $(decode "$3") has $4 records, and $5 were dumped"
  fi
  records=$(awk '{ sum += $2 } END { print sum + 0 }' "$found")
}

# import_database NUMBER ENDPOINT NAMESPACE DATABASE: into a database that is not there, or empty.
import_database() {
  surreal import --endpoint "$2" --namespace="$3" --database="$4" "$RESTORED/$1.surql" >"$LOG" 2>&1 ||
    fail "$3/$4 could not be imported: $(reason_in "$LOG")"
  compare_counts "$@"
}

# try_dump: imports all databases of the fetched dump into a scratch server.
try_dump() {
  local number namespace database began databases=0 all_records=0
  began=$(date +%s)
  start_scratch_server
  while IFS="$TAB" read -r number namespace database; do
    import_database "$number" "$SCRATCH" "$namespace" "$database" </dev/null
    databases=$((databases + 1)) all_records=$((all_records + records))
  done <"$RESTORED/databases"
  stop_scratch_server
  say "restored as it was dumped: $databases databases, $all_records records in $(($(date +%s) - began)) s"
}
