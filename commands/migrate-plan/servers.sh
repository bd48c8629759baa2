# The two servers: how their URLs are read, and the one way to connect. Passwords are in the environment of clients alone.

# What every session begins with: no time-out ends it, no policy hides rows from it, and it is as whom it connects.
readonly SESSION='-c statement_timeout=0 -c lock_timeout=600000 -c idle_in_transaction_session_timeout=0
  -c default_transaction_read_only=off -c row_security=off -c search_path='

readonly PSQL=(psql -XAtqw -v ON_ERROR_STOP=1 -v SHOW_CONTEXT=never)

readonly URL='^postgres(ql)?://([^:@/?#]+):([^@/?#]*)@(\[[0-9a-fA-F:]+\]|[^:@/?#]+)(:([0-9]+))?(/[^?#]*)?(\?sslmode=(disable|prefer|require|verify-full))?$'

# check_url VARIABLE: without showing it, since it has a password.
check_url() {
  [ -n "${!1:-}" ] || fail "$1 is not set: postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
  [[ ${!1} =~ $URL ]] ||
    fail "$1: expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with ?sslmode=… at most; in names and passwords, other characters are %XX"
  [[ ! ${!1} =~ %(.?$|[^0-9a-fA-F]|.[^0-9a-fA-F]) ]] || fail "$1: a % has to be followed by two hexadecimal digits; a % itself is %25"
}

decode_url() {
  local text=${1//\\/\\\\}
  printf %b "${text//%/\\x}"
}

# run_on source|target DATABASE COMMAND …
run_on() {
  local url=$SOURCE_URL database=$2 options=$SESSION address port mode
  if [ "$1" = target ]; then url=$TARGET_URL options="$options${TARGET_OPTIONS:-}"; fi
  shift 2
  [[ $url =~ $URL ]]
  address=${BASH_REMATCH[4]#[} port=${BASH_REMATCH[6]:-5432} mode=${BASH_REMATCH[9]}
  address=${address%]}
  # At this machine's own address there is the end of a tunnel, which is encrypted itself.
  case $address in localhost | 127.* | ::1) mode=${mode:-prefer} ;; esac
  PGUSER=$(decode_url "${BASH_REMATCH[2]}") PGPASSWORD=$(decode_url "${BASH_REMATCH[3]}") PGHOST=$address \
  PGPORT=$port PGSSLMODE=${mode:-require} PGDATABASE=$database PGOPTIONS=$options "$@"
}

# query source|target DATABASE [psql's arguments …]
query() { run_on "$1" "$2" "${PSQL[@]}" "${@:3}"; }

# major_of source|target
major_of() { query "$1" "$2" -c "select current_setting('server_version_num')::int / 10000"; }

# check_versions: pg_dump reads servers that are as old as itself or older, and writes for servers of its own version.
check_versions() {
  local source target client
  source=$(major_of source "$from")
  target=$(major_of target "$to")
  [ "$(query source "$from" -c 'show server_encoding')" = "$(query target "$to" -c 'show server_encoding')" ] ||
    fail "target $to: its encoding is not that of $from, so that checksums differ: create it with that encoding, from template0"
  [ "$(query source "$from" -c "select system_identifier, current_database() from pg_control_system()")" != \
    "$(query target "$to" -c "select system_identifier, current_database() from pg_control_system()")" ] ||
    fail "target $to: it is the source itself: check SOURCE_URL and TARGET_URL"
  client=$(pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  ((source >= 13)) || fail "the source is PostgreSQL $source, expected 13 or later"
  ((source <= target)) || fail "the source is PostgreSQL $source, the target $target: a target that is older does not take it"
  ((client == target)) || fail "pg_dump is of PostgreSQL $client, the target is $target: use the clients of $target"
}

# act_as_owner: what is made on the target is its database owner's.
act_as_owner() {
  local owner
  owner=$(query target "$to" -c "select pg_get_userbyid(datdba) from pg_database where datname = current_database()")
  [ "$(query target "$to" -v owner="$owner" <<<"select pg_has_role(:'owner', 'member')")" = t ] ||
    fail "target $to: its owner is $owner, which the role of TARGET_URL is no member of"
  owner=${owner//\\/\\\\}
  TARGET_OPTIONS=" -c role=${owner// /\\ }"
}
