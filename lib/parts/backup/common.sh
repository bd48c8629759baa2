# What the scripts beside this one share; each of them reads it first. They run in PostgreSQL's image on Alpine, which has bash,
# busybox and PostgreSQL's clients; restic comes from a container before.
set -euo pipefail
umask 077
export PATH=/tools:$PATH

readonly SCRIPTS=/etc/berth/scripts

# Nothing on the way to a server may end a session that only waits, and no policy may hide rows from a dump without a word.
readonly OPTIONS='-c statement_timeout=0 -c lock_timeout=600000 -c idle_session_timeout=0
  -c idle_in_transaction_session_timeout=0 -c row_security=off -c search_path='

say() { printf "%s\n" "$@"; }

die() {
  say "$*" >&2
  exit 1
}

# Whether there are tenants, whose databases have names that begin with $TENANT_PREFIX. Without a list there are none, and no registry.
has_tenants() { [[ -e /etc/berth/data/tenants.tsv ]]; }

declare -A host port tls
servers=()
while IFS=$'\t' read -r name address number mode; do
  servers+=("$name")
  host[$name]=$address port[$name]=$number tls[$name]=$mode
done </etc/berth/data/servers.tsv

# A PostgreSQL client on a server, in a database: on SERVER DATABASE psql … With `as` it acts as that role, with `user` it is another one.
on() {
  local server=$1 database=$2 role=${as:-} user=${user:-}
  shift 2
  role=${role//\\/\\\\} role=${role// /\\ }
  PGHOST=${host[$server]} PGPORT=${port[$server]} PGSSLMODE=${tls[$server]} PGSSLROOTCERT=/etc/berth/ca/$server/ca.crt \
    PGDATABASE=$database PGUSER=${user:=$BACKUP_ROLE} PGPASSWORD=$(<"/etc/berth/roles/$user") PGCONNECT_TIMEOUT=10 \
    PGAPPNAME=${0##*/} PGOPTIONS="$OPTIONS${role:+ -c role=$role}" PGCLIENTENCODING=UTF8 "$@"
}

# SQL on a server, in a database: ask SERVER DATABASE [-v name=value …] [-f file | <file]
ask() {
  local server=$1 database=$2
  shift 2
  on "$server" "$database" psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

# A name in which no character means anything to files, URLs or JSON.
encode() {
  local LC_ALL=C text=$1 encoded= index byte code
  for ((index = 0; index < ${#text}; index++)); do
    byte=${text:index:1}
    if [[ $byte != [a-zA-Z0-9_-] ]]; then
      printf -v code %d "'$byte"
      printf -v byte %%%02X $((code & 255))
    fi
    encoded+=$byte
  done
  printf %s "$encoded"
}

# The file of a database, or without one of a server's roles, in its snapshots.
path_of() { printf '/%s%s.sql' "$1" "${2:+.$(encode "$2")}"; }

# How people read of it.
label_of() { if [[ -n $2 ]]; then printf '%s/%s' "$1" "$(encode "$2")"; else printf '%s: roles' "$1"; fi; }

# Room to work, and an end that leaves nothing behind. Each job is a process group, so that it ends as a whole.
begin() {
  work=$(mktemp -d)
  mkdir "$work/scratch"
  : >"$work/failed"
  set -m
  trap 'drop_scratch; rm -rf "$work"' EXIT
  trap stopped TERM INT
}

# restic ends first, and takes its lock away; with nobody at the other end of its pipe it would have no time to.
stopped() {
  trap '' TERM INT
  local job tenths
  pkill -TERM -x restic || :
  for ((tenths = 0; tenths < 50; tenths++)); do
    pgrep -x restic >/dev/null || break
    sleep 0.1
  done
  for job in $(jobs -p); do kill -TERM -- "-$job" 2>/dev/null || :; done
  wait
  say 'stopped before the end: told to'
  exit 143
}

# failed WHAT WHY
failed() {
  say "$1: FAILED: $2"
  printf '%s\n' "$1" >>"$work/failed"
}

# How many things failed so far.
failures() { wc -l <"$work/failed"; }

# conclude SUMMARY: the last line, and the end.
conclude() {
  local names list
  mapfile -t names <"$work/failed"
  if ((${#names[@]} == 0)); then
    say "$1"
  else
    printf -v list '%s, ' "${names[@]}"
    say "FAILED: ${list%, }"
    exit 1
  fi
}

# From what programs say of an error, the part that tells it.
reason() {
  local lines
  lines=$(sed -n 's/^dump: //p' "$1" | grep -v ': warning: ' | sed -n 1,4p) ||
    lines=$(grep -v -e '^$' -e 'returned error, retrying' "$1" | tail -n 4) || lines=$(tail -n 1 "$1")
  lines=${lines//$'\n'/; }
  printf %s "${lines:0:600}"
}

# attempt WHAT COMMAND …: a failure is told and counted, and ends the command alone. Not for use in conditions: there bash would let
# the command go on after an error.
attempt() {
  local what=$1 problems
  problems=$(mktemp -p "$work")
  shift
  "$@" 2>"$problems" </dev/null &
  wait $! && return
  failed "$what" "$(reason "$problems")"
}

# in_parallel COMMAND: attempts it for each server and database that it reads (SERVER/DATABASE, ended by NUL), several at a time.
in_parallel() {
  local item
  while IFS= read -r -d '' item; do
    [[ -n $item ]] || continue
    while (($(jobs -pr | wc -l) >= ${PARALLEL:-4})); do wait -n || :; done
    attempt "$(label_of "${item%%/*}" "${item#*/}")" "$1" "${item%%/*}" "${item#*/}" &
  done
  wait
}

# $databases: what is to be dumped, as SERVER/DATABASE; $left_out: what is not, and why. A server that does not answer is a failure.
find_databases() {
  local server record
  databases=() left_out=()
  for server in "${servers[@]}"; do
    attempt "server $server" list_databases "$server"
    [[ -e $work/databases-$server ]] || continue
    while IFS= read -r -d '' record; do
      case $record in
        dump\|*) databases+=("$server/${record#*|}") ;;
        *) left_out+=("$(label_of "$server" "${record#*|}"): left out: ${record%%|*}") ;;
      esac
    done <"$work/databases-$server"
  done
}

list_databases() {
  ask "$1" postgres -0 -f "$SCRIPTS/databases.sql" >"$work/listing-$1"
  mv "$work/listing-$1" "$work/databases-$1"
}

# The first server that answers.
that_answers() {
  local server
  for server in "${servers[@]}"; do
    [[ ! -e $work/databases-$server ]] || break
  done
  printf %s "$server"
}

# restic, when it gets the lock that it needs. The lock of a process that was killed keeps others out until it is half an hour old, and is
# removed then.
locked() {
  local code until=$((SECONDS + 2700))
  while :; do
    code=0
    restic --retry-lock 5m "$@" || code=$?
    ((code == 11 && SECONDS < until)) || return "$code"
    restic unlock --quiet
  done
}

# The first that is asked of the store. restic itself would ask for a quarter of an hour whether it is back, or a key right after all.
first() { timeout "${OPEN_SECONDS:-300}" restic "$@" >/dev/null 2>"$work/repository"; }

# unusable WHAT: with the reason that `first` found, and the end.
unusable() {
  local tried
  tried=$(sed -n 's/.* returned error, retrying after [^ ]* //p' "$work/repository" | tail -n 1)
  die "the repository cannot be $1: ${tried:-$(reason "$work/repository")}"
}

# Fails when there is none.
open_repository() {
  local code=0
  first cat config --no-lock || code=$?
  case $code in
    0) restic unlock --quiet ;;
    10) return 10 ;;
    *) unusable opened ;;
  esac
}

# dump SERVER DATABASE [restic's arguments …]: one snapshot, or none. $snapshot, $size: what it became.
dump() {
  local server=$1 database=$2 path summary problems code=0
  problems=$(mktemp -p "$work")
  path=$(path_of "$server" "$database")
  shift 2
  # With --force restic does not look for the snapshot before, for which it would read all there are.
  summary=$(PROBLEMS=$problems locked backup --force --json --quiet --host "$SNAPSHOT_HOST" "$@" --stdin-filename "${path#/}" \
    --stdin-from-command -- bash "$SCRIPTS/dump.sh" "$server" "$database") || code=$?
  sed 's/^/dump: /' "$problems" >&2
  ((code == 0)) || return "$code"
  snapshot=$(sed -n 's/.*"snapshot_id":"\([0-9a-f]*\)".*/\1/p' <<<"$summary")
  size=$(sed -n 's/.*"total_bytes_processed":\([0-9]*\).*/\1/p' <<<"$summary")
  [[ -n $snapshot ]] || die "restic names no snapshot: $summary"
}

# The newest snapshot of each file: ${newest[path]}, ${taken[path]} (seconds), ${bytes[path]}, and ${final[path]} when it is a last one.
declare -A newest taken bytes final
find_snapshots() {
  local path id time size last
  restic snapshots --no-lock --json --quiet --host "$SNAPSHOT_HOST" >"$work/snapshots" 2>"$work/repository" ||
    die "the repository cannot be read: $(reason "$work/repository")"
  # A server is what reads JSON here.
  SNAPSHOTS=$work/snapshots ask "$(that_answers)" postgres -f "$SCRIPTS/snapshots.sql" >"$work/newest"
  while IFS=$'\t' read -r path id time size last; do
    newest[$path]=$id taken[$path]=$time bytes[$path]=$size
    [[ $last == f ]] || final[$path]=yes
  done <"$work/newest"
}

# The name of a database that nobody else has; $1 says whose it is.
scratch_name() { printf '%s_%(%s)T_%08x' "$1" -1 "$SRANDOM"; }

# bring_back SERVER DATABASE SNAPSHOT PATH SCRATCH: restores it into a new database beside the one that it was dumped from, as that one's
# owner, and compares what came back with what was dumped.
#
# Functions of a dump run while it is loaded, and whoever has made them decides what they do. So it is loaded by a role that is a member of
# none and gets into the new database alone; what it has made there becomes the owner's afterwards.
bring_back() {
  local server=$1 database=$2 snapshot=$3 path=$4 scratch=$5
  # A lock would keep a restore waiting while the repository is checked; and what it reads is kept.
  restic dump --no-lock --quiet "$snapshot" "$path" | load "$server" "$database" "$scratch"
  compare "$scratch" "$server" "$scratch"
}

load() {
  local server=$1 database=$2 scratch=$3 line manifest=$work/manifest-$3 rights=$work/rights-$3 end_of_rights owner missing
  IFS= read -r line || die 'nothing could be read'
  [[ $line == '-- berth dump 2' ]] || die "this is no dump: it begins with $line"
  # A read of bash takes no byte more than the line from a pipe, so that psql gets the rest.
  while IFS= read -r line && [[ $line != '-- end of manifest' ]]; do printf '%s\n' "${line#-- }"; done >"$manifest"
  [[ $line == '-- end of manifest' ]] || die 'the dump ends in its manifest'
  end_of_rights=$(grep '^end of rights ' "$manifest")
  while IFS= read -r line && [[ $line != "-- $end_of_rights" ]]; do printf '%s\n' "$line"; done >"$rights"
  [[ $line == "-- $end_of_rights" ]] || die 'the dump ends in its rights'
  missing=$(MANIFEST=$manifest ask "$server" postgres -f "$SCRIPTS/missing-roles.sql")
  [[ -z $missing ]] || die "server $server lacks roles that the dump gives rights to: ${missing//$'\n'/, }"
  owner=$(ask "$server" postgres -v database="$database" -f "$SCRIPTS/owner.sql")
  [[ -n $owner ]] || die "server $server has no database $database any more"
  : >"$work/scratch/$server.$scratch"
  ask "$server" postgres -v database="$database" -v scratch="$scratch" -v owner="$owner" -v restore="$RESTORE_ROLE" -f "$SCRIPTS/scratch.sql"
  # Terse: a log is no place for the row that an error is about.
  [[ $(user=$RESTORE_ROLE ask "$server" "$scratch" -v VERBOSITY=terse -f - | tail -n 1) == 'end of dump' ]] || die 'the dump has no end'
  ask "$server" "$scratch" -v owner="$owner" -v restore="$RESTORE_ROLE" -f "$SCRIPTS/take-over.sql"
  as=$owner ask "$server" "$scratch" -f "$rights" >/dev/null
}

# compare SCRATCH SERVER DATABASE: whether a database holds what the dump that became SCRATCH says.
compare() {
  local differences
  ask "$2" "$3" -f "$SCRIPTS/facts.sql" >"$work/facts-$1"
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
    }' "$work/manifest-$1" "$work/facts-$1")
  [[ -z $differences ]] || die "$3 is not what was dumped: $(head -n 5 <<<"$differences")"
}

# drop_scratch [SCRATCH]: the one, or all that are left.
drop_scratch() {
  local file name
  for file in "$work"/scratch/*"${1:+.$1}"; do
    [[ -e $file ]] || continue
    name=${file##*/}
    ask "${name%%.*}" postgres -v database="${name#*.}" <<<'drop database if exists :"database" with (force)' && rm -f "$file"
  done
}

# Scratch databases of a run that was killed: old enough, and nobody is connected.
drop_leftovers() {
  local server
  for server in "${servers[@]}"; do
    [[ ! -e $work/databases-$server ]] || ask "$server" postgres -v ON_ERROR_STOP=0 -v task="$1" -f "$SCRIPTS/leftovers.sql" || :
  done
}
