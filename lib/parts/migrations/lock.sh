#!/bin/bash
# Holds the lock of the migrations while the container beside this one migrates, and gives it a URL for each database.
#
# The lock belongs to a session in the admin database: whatever ends this container or its node ends the session, and the lock with it.
# Both containers learn of the other's end by a pipe, /work/alive: there the other one writes each second, and this one reads.
set -euo pipefail
umask 077
# As process 1, only signals that are asked for are heard.
trap 'exit 143' TERM INT
# A write to a session that has ended is an error here, and not the end.
trap '' PIPE

# The lock: any number that is always this one and nobody else's.
readonly KEY=1835624306

# Without a list there are no tenants.
tenants=/etc/berth/data/tenants.tsv
[[ -e $tenants ]] || tenants=/dev/null

# Bytes are bytes, and [a-z] has 26 letters.
export LC_ALL=C
# Before PostgreSQL 15 everybody may put functions into a schema "public": none of them is called here.
# A server that loses this pod without a word gives the lock back within a minute.
export PGOPTIONS='-c search_path=pg_catalog -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60s'
export PGAPPNAME="migrations ${HOSTNAME:-}" PGCONNECT_TIMEOUT=5

# A statement whose client has been killed would go on, with all that it locks: who migrates has the server look every few seconds. It is
# the role's own setting, since asyncpg takes none from outside.
readonly LOOK="SELECT 'ALTER ROLE CURRENT_USER SET client_connection_check_interval = ''5s'''
  WHERE current_setting('client_connection_check_interval') = '0' \\gexec"

say() { printf '%s\n' "$*"; }

fail() {
  say "FAILED: $*"
  exit 1
}

# $encoded: a text as a part of a URL (RFC 3986), byte by byte.
encode() {
  local text=$1 index byte code
  encoded=
  for ((index = 0; index < ${#text}; index++)); do
    byte=${text:index:1}
    if [[ $byte != [A-Za-z0-9._~-] ]]; then
      printf -v code %d "'$byte"
      printf -v byte %%%02X $((code & 255))
    fi
    encoded+=$byte
  done
}

# psql on a server, in a database, as a role whose password is in a file.
on() {
  local server=$1 database=$2 role=$3 password=$4
  shift 4
  PGHOST=${host[$server]} PGPORT=${port[$server]} PGSSLMODE=${tls[$server]} PGSSLROOTCERT=/etc/berth/ca/$server/ca.crt \
    PGDATABASE=$database PGUSER=$role PGPASSWORD=$(<"$password") psql -XAtqw "$@"
}

# Writes what the other container needs for one database: its URL and the certificate of the server's authority, if that is asked for;
# or an empty line, and why there is none.
offer() {
  local file=$1 server=$2 database=$3 role=$4 password=$5 problem='' address=${host[$2]} query ca=''
  if [[ ! -s $password ]]; then
    problem="there is no password: give the key ${password##*/} of the secret a value at its source"
  elif [[ -n ${away[$server]:-} ]]; then
    problem="server $server at $address:${port[$server]} takes no connections"
  elif problem=$(printf '%s\n' "$LOOK" | on "$server" "$database" "$role" "$password" 2>&1); then
    problem=
  else
    problem=${problem:-psql failed}
  fi
  if [[ -n $problem ]]; then
    problem=${problem%%$'\n'*}
    printf '\n%s\n' "${problem#psql: error: }" >"$file"
    return
  fi
  [[ $address != *:* ]] || address="[$address]"
  [[ ${tls[$server]} != verify-full ]] || ca=/etc/berth/ca/$server/ca.crt
  # SQLAlchemy's asyncpg dialect has another word for it than libpq, and takes the certificate from the environment alone.
  if [[ $CONNECTION_SCHEME == *+asyncpg ]]; then
    query=ssl=${tls[$server]}
  else
    query=sslmode=${tls[$server]}${ca:+&sslrootcert=$ca}
  fi
  encode "$role" && role=$encoded
  encode "$database" && database=$encoded
  encode "$(<"$password")"
  printf '%s\n%s\n' "$CONNECTION_SCHEME://$role:$encoded@$address:${port[$server]}/$database?$query" "$ca" >"$file"
}

# Whether a database has got its URL.
offered() {
  local url=
  [[ -e $1 ]] && read -r url <"$1"
  [[ -n $url ]]
}

# All tenants' databases that are waited for, several at a time.
offer_tenants() {
  local running=0 tenant slug server
  for server in "${!host[@]}"; do
    pg_isready -q -t 3 -U "$OWNER_ROLE" -h "${host[$server]}" -p "${port[$server]}" || away[$server]=yes
  done
  for tenant in "${waiting[@]}"; do
    slug=${tenant#*-}
    ((running++ < PARALLEL)) || wait -n || :
    offer "/work/offers/$tenant" "${at[$slug]}" "$TENANT_PREFIX${slug//-/_}" "$TENANT_PREFIX${slug//-/_}" "/etc/berth/tenants/$slug" &
  done
  wait
}

# Lets time pass, or ends with the other container.
pause() {
  local status=0
  sleep "$1"
  while ((status == 0)); do
    read -r -t 0.01 -u "$alive" _ || status=$?
  done
  ((status > 128)) || fail 'the container that migrates has ended'
}

# $answer: what the session says to a query that gives one line.
ask() { printf '%s;\n' "$1" >&"$to" && read -r -t 20 -u "$from" answer; } 2>/dev/null

declare -A host port tls away at
main=
while IFS=$'\t' read -r name address number mode; do
  host[$name]=$address port[$name]=$number tls[$name]=$mode
  main=${main:-$name}
done </etc/berth/data/servers.tsv
admin=("$main" "$ADMIN_DATABASE" "$OWNER_ROLE" "/etc/berth/roles/$OWNER_ROLE")

mkfifo /work/events
mkfifo /work/alive
# Opened for both ways, a pipe does not wait for its other end.
exec {both}<>/work/alive
until read -r -t 1 -u "$both" _; do :; done
exec {alive}</work/alive {both}>&-
# From here on this container ends after the other one: what runs there must not outlive the lock.
trap '' TERM INT

mkdir /work/offers
SECONDS=0
until offer /work/offers/0000-admin "${admin[@]}" && offered /work/offers/0000-admin; do
  { read -r _ && read -r reason; } </work/offers/0000-admin
  [[ $reason == "${said:-}" ]] || say "waiting for the admin database: $reason"
  said=$reason
  ((SECONDS < WAIT_SECONDS)) || fail "the admin database has not let us in for $WAIT_SECONDS s"
  pause 2
done

coproc SESSION { on "${admin[@]}" -v ON_ERROR_STOP=1; }
exec {from}<&"${SESSION[0]}" {to}>&"${SESSION[1]}"
SECONDS=0
until ask "SELECT pg_try_advisory_lock($KEY)" && [[ $answer == t ]]; do
  ask "SELECT coalesce(max(format('%s, connected since %s', application_name, backend_start::timestamptz(0))), 'nobody any more')
    FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND objid = $KEY
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())" || fail 'the session is lost'
  [[ $answer == "${holder:-}" ]] || say "waiting for the lock, which another run has: $answer"
  holder=$answer
  ((SECONDS < LOCK_SECONDS)) || fail "another run has had the lock for $LOCK_SECONDS s"
  pause 1
done
say 'the lock is held'

waiting=()
line=0
while IFS=$'\t' read -r slug state server _ || [[ -n $slug ]]; do
  printf -v number %04d $((++line))
  if [[ ! $slug =~ ^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$ || -n ${at[$slug]:-} ||
    ! $state =~ ^(active|suspended|removed)$ || -z $server || -z ${host[$server]:-} ]]; then
    printf '\nline %s of tenants.tsv has a slug, a state or a server that is none, or the slug of another line\n' "$line" \
      >"/work/offers/$number-unknown"
    continue
  fi
  at[$slug]=$server
  [[ $state != active ]] || waiting+=("$number-$slug")
done <"$tenants"

SECONDS=0
while ((${#waiting[@]} > 0)); do
  (offer_tenants)
  still=()
  for tenant in "${waiting[@]}"; do
    offered "/work/offers/$tenant" || still+=("$tenant")
  done
  waiting=("${still[@]}")
  ((${#waiting[@]} > 0 && SECONDS < WAIT_SECONDS)) || break
  [[ ${#waiting[@]} == "${counted:-}" ]] || say "waiting for ${#waiting[@]} of the tenants' databases, such as that of ${waiting[0]#*-}"
  counted=${#waiting[@]}
  pause 5
done
ask 'SELECT 1' || fail 'the session is lost'
# As a whole and in one step: this is what the other container waits for.
mv /work/offers /work/urls

while read -r -t 5 -u "$alive" _ || (($? > 128)); do
  ask 'SELECT 1' || fail 'the session is lost, and the lock with it'
done
say 'the lock is released'
