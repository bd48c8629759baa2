# Scratch databases: what a dump is restored into and compared in, before anybody relies on it.

# scratch_name TASK: the name of one that nobody else has.
scratch_name() { printf '%s_%(%s)T_%08x' "$1" -1 "$SRANDOM"; }

# restore_dump SERVER DATABASE SNAPSHOT PATH SCRATCH [TARGET]: into a new database beside the one that it was dumped from, or on the server
# TARGET, as that one's owner; and compares what came back with what was dumped.
#
# While a dump is loaded, functions in it run, which a tenant may have written. So it is loaded by a role that is a member of no other and may
# enter the new database alone; afterwards the owner gets what that role has made there.
restore_dump() {
  local server=$1 database=$2 snapshot=$3 path=$4 scratch=$5 target=${6:-$1}
  # Without a lock, for which a restore would wait while the repository is checked. Nobody forgets the snapshot that it reads.
  restic dump --no-lock --quiet "$snapshot" "$path" | load_dump "$server" "$database" "$scratch" "$target"
  compare_with_dump "$target" "$scratch" "$scratch"
}

# load_dump SERVER DATABASE SCRATCH TARGET: from its input.
load_dump() {
  local server=$1 database=$2 scratch=$3 target=$4 manifest=$work/manifest-$3 rights=$work/rights-$3 owner missing creation
  read_head "$manifest" "$rights"
  owner=$(query_as_backup "$server" postgres -v database="$database" -f "$SCRIPTS/owner.sql")
  [[ -n $owner ]] || fail "server $server has no database $database any more"
  [[ $target == "$server" ]] || make_missing_roles "$target" "$owner" "$manifest"
  missing=$(MANIFEST=$manifest query_as_backup "$target" postgres -f "$SCRIPTS/missing-roles.sql")
  [[ -z $missing ]] || fail "server $target lacks roles that the dump gives rights to: ${missing//$'\n'/, }"
  creation=$(query_as_backup "$server" postgres -v database="$database" -v scratch="$scratch" -v owner="$owner" -f "$SCRIPTS/creation.sql")
  : >"$work/scratch/$target.$scratch"
  query_as_backup "$target" postgres -v creation="$creation" -v scratch="$scratch" -v restore="$RESTORE_ROLE" -f "$SCRIPTS/scratch.sql"
  # Terse, since errors would quote rows otherwise, which do not belong in a log.
  [[ $(print_portable | query_as_restore "$target" "$scratch" -v VERBOSITY=terse -f - | tail -n 1) == 'end of dump' ]] ||
    fail 'the dump has no end'
  query_as_backup "$target" "$scratch" -v owner="$owner" -v restore="$RESTORE_ROLE" -f "$SCRIPTS/take-over.sql"
  print_portable <"$rights" | query_for_role "$target" "$scratch" "$owner" -f - >/dev/null
}

# read_head MANIFEST RIGHTS: takes the manifest and the rights off a dump and writes them to these files. A read of bash takes no byte
# more than the line from a pipe, so that psql gets the rest.
read_head() {
  local line end_of_rights
  IFS= read -r line || fail 'nothing could be read'
  [[ $line == '-- berth dump 2' ]] || fail "this is no dump: it begins with $line"
  while IFS= read -r line && [[ $line != '-- end of manifest' ]]; do printf '%s\n' "${line#-- }"; done >"$1"
  [[ $line == '-- end of manifest' ]] || fail 'the dump ends in its manifest'
  end_of_rights=$(grep '^end of rights ' "$1")
  while IFS= read -r line && [[ $line != "-- $end_of_rights" ]]; do printf '%s\n' "$line"; done >"$2"
  [[ $line == "-- $end_of_rights" ]] || fail 'the dump ends in its rights'
}

# compare_with_dump SERVER DATABASE SCRATCH: whether a database holds what the dump that became SCRATCH says.
compare_with_dump() {
  local server=$1 database=$2 manifest=$work/manifest-$3 facts=$work/facts-$3 differences
  query_as_backup "$server" "$database" -f "$SCRIPTS/facts.sql" >"$facts"
  differences=$(awk -F '\t' '
    NF < 2 { next }
    NR == FNR { dumped[$1] = $2; next }
    { found[$1] = $2 }
    END {
      for (fact in found) if (!(fact in dumped)) dumped[fact] = "none"
      for (fact in dumped) {
        if (!(fact in found)) found[fact] = "none"
        if (dumped[fact] != found[fact]) printf "%s: %s dumped, %s found\n", fact, dumped[fact], found[fact]
      }
    }' "$manifest" "$facts")
  [[ -z $differences ]] || fail "$database is not what was dumped: $(head -n 5 <<<"$differences")"
}

# drop_scratch_databases [SCRATCH]: the one, or all that are left of this run.
drop_scratch_databases() {
  local file name
  for file in "$work"/scratch/*"${1:+.$1}"; do
    [[ -e $file ]] || continue
    name=${file##*/}
    query_as_backup "${name%%.*}" postgres -v database="${name#*.}" <<<'drop database if exists :"database" with (force)' && rm -f "$file"
  done
}

# drop_old_scratch_databases TASK: those of a run that was killed: old enough, and nobody is connected.
drop_old_scratch_databases() {
  local server
  for server in "${servers[@]}"; do
    ! is_answering "$server" || drop_leftovers "$server" "$1"
  done
}

# drop_leftovers SERVER TASK
drop_leftovers() { query_as_backup "$1" postgres -v ON_ERROR_STOP=0 -v task="$2" -f "$SCRIPTS/leftovers.sql" || :; }
