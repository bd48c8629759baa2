#!/bin/bash
# Brings the servers in line with servers.tsv and tenants.tsv: roles, databases, the registry. What is right is left alone: a second
# run writes nothing, and one that was interrupted is finished by the next.
#
# Passwords are in no argument, log or statement: psql has them from its environment or its input, and makes a verifier of a new
# one before the server hears of it.
set -euo pipefail
shopt -s extglob
# What follows is read from /etc/berth.
cd "${0%/*}/.."
# As process 1, only signals that are asked for are heard.
trap 'exit 143' TERM INT

# Bytes are bytes, and [a-z] has 26 letters.
export LC_ALL=C PGCLIENTENCODING=UTF8 PGAPPNAME=provisioning PGCONNECT_TIMEOUT=10
readonly began=${EPOCHREALTIME/./}
# Before PostgreSQL 15 everybody may put functions into a schema "public": none of them is called here.
# A server that loses this pod without a word gives the lock back within a minute.
export PGOPTIONS='-c search_path=pg_catalog -c TimeZone=UTC -c client_min_messages=warning -c lock_timeout=30s -c statement_timeout=300s
  -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3'

readonly PARALLEL=${PARALLEL:-4} LOCK_SECONDS=${LOCK_SECONDS:-600}
# Where an operator makes roles and databases, they come one by one.
[[ $ROLES_MADE_BY == operator ]] && patience=300 || patience=120
readonly SECRET_SECONDS=${SECRET_SECONDS:-300}
readonly WAIT_SECONDS=${WAIT_SECONDS:-$patience}
# Separates fields that may hold anything else.
readonly US=$'\x1f'

say() { printf '%s\n' "$*"; }

# Whether there are tenants. Without a list there are none: no registry, nobody who reads or writes it, and no passwords of theirs.
has_tenants() { [[ -e data/tenants.tsv ]]; }

# Ends the run.
stop() {
  say "$*"
  ! has_tenants || say 'no tenant was touched'
  exit 1
}

# Whether a file holds a password, which is $password then; else $problem says what to do.
password_in() {
  password= problem=
  [[ ! -f $1 ]] || password=$(<"$1")
  if [[ -z $password ]]; then
    problem="there is no password: give the key ${1##*/} of the secret a value at its source, then run this again"
  elif [[ $password == *[[:cntrl:]]* ]]; then
    problem="the password under the key ${1##*/} holds a line break or another control character: choose another one"
  fi
  [[ -z $problem ]]
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

# psql on a server, as a role, in a database. It asks no terminal: what it reads is its input.
on() {
  local server=$1 role=$2 secret=$3 database=$4
  shift 4
  PGHOST=${host[$server]} PGPORT=${port[$server]} PGSSLMODE=${tls[$server]} PGSSLROOTCERT=$PWD/ca/$server/ca.crt \
    PGUSER=$role PGPASSWORD=$secret PGDATABASE=$database setsid psql -XAtqw -v ON_ERROR_STOP=1 -v SHOW_CONTEXT=never "$@"
}

# As the role that makes roles and databases.
as_administrator() { on "$1" "${administrator[$1]}" "${secret[$1]}" postgres "${@:2}"; }

# As the owner of the admin database.
as_owner() { on "$main" "$OWNER_ROLE" "$owner_password" "$ADMIN_DATABASE" "$@"; }

# Whether a role gets into a database with a password.
opens() { on "$@" -c 'select' </dev/null >/dev/null 2>&1; }

# Runs a command. When it fails, $problem is what it complained of.
attempt() {
  local said code
  said=$("$@" 2>&1 >/dev/null) && return
  code=$?
  said=${said//Enter new password*again: /}
  said=${said//psql:?( error:|+([! ]):+([0-9]):) /}
  said=${said//+([[:space:][:cntrl:]])/ }
  said=${said# }
  problem=${said:0:600}
  problem=${problem:-psql ended with code $code}
  return 1
}

# Runs a command until it succeeds or time is up.
patiently() {
  until attempt "$@" </dev/null; do
    ((SECONDS < WAIT_SECONDS)) || return 1
    sleep 2
  done
}

# Whether an operator makes the roles and databases of a server.
by_operator() { [[ $ROLES_MADE_BY == operator && ! -d administrators/$1 ]]; }

# Brings a role in line and, when they are named, the database that it owns and the password that it does not have yet.
bring() {
  local server=$1 role=$2 login=$3 limit=$4 createdb=$5 database=$6 new_password=$7
  local -a what=(-v "role=$role" -v "login=$login" -v "limit=$limit" -v "createdb=$createdb" -f scripts/role.sql)
  [[ -z $database ]] || what+=(-v "database=$database" -v "backup=$BACKUP_ROLE" -f scripts/database.sql)
  [[ $login == true ]] || what+=(-f scripts/close.sql)
  [[ -z $new_password ]] || what+=(-c "\\password $role")
  attempt as_administrator "$server" "${what[@]}" < <(printf '%s\n%s\n' "$new_password" "$new_password")
}

# Brings one of the system's own roles in line. It is asked for its password in a database that it may enter.
bring_system_role() {
  local server=$1 role=$2 createdb=$3 database=$4 entered=$5
  password_in "roles/$role" || return
  ! opens "$server" "$role" "$password" "$entered" || password=
  bring "$server" "$role" true -1 "$createdb" "$database" "$password" && return
  problem="role $role: $problem"
  return 1
}

# What a server has beside the tenants' own: the system's roles, and on the main one the admin database.
prepare() {
  local server=$1 entered=postgres
  if ! by_operator "$server"; then
    [[ $server != "$main" ]] || entered=$ADMIN_DATABASE
    bring_system_role "$server" "$BACKUP_ROLE" true '' "$entered" || return
    bring_system_role "$server" "$RESTORE_ROLE" false '' postgres || return
    if [[ $server == "$main" ]]; then
      bring_system_role "$server" "$OWNER_ROLE" false "$ADMIN_DATABASE" "$entered" || return
      if has_tenants; then
        bring_system_role "$server" "$READER_ROLE" false '' "$entered" || return
        bring_system_role "$server" "$WRITER_ROLE" false '' "$entered" || return
      fi
    fi
    attempt as_administrator "$server" -v "backup=$BACKUP_ROLE" -v "restore=$RESTORE_ROLE" -f scripts/server.sql </dev/null || return
  fi
  [[ $server == "$main" ]] || return 0
  local own=(as_owner -v "database=$ADMIN_DATABASE" -v "backup=$BACKUP_ROLE" -f scripts/private.sql)
  ! has_tenants || own+=(-v "reader=$READER_ROLE" -v "writer=$WRITER_ROLE" -f scripts/registry.sql)
  [[ ! -e init/init.sql ]] || own+=(-c 'set search_path = public' -f init/init.sql)
  if by_operator "$server"; then patiently "${own[@]}"; else attempt "${own[@]}" </dev/null; fi
}

# Takes a lock in a database of the main server, for as long as we run: psql then reads an input that ends with us.
lock() {
  local answer
  coproc LOCK {
    on "$main" "$@" -v "wait=${LOCK_SECONDS}s" -f scripts/lock.sql -f - 2>&1 || say lost
    read -r _ || :
  }
  problem=
  while read -r answer <&"${LOCK[0]}"; do
    case $answer in
      held) return ;;
      lost)
        problem=${problem:-psql ended}
        return 1
        ;;
      waiting)
        say "another run is at work: waiting for it, up to $LOCK_SECONDS s"
        problem="the other run was still at work after $LOCK_SECONDS s"
        ;;
      *) problem=${problem:-${answer##psql:?( error:|+([! ]):+([0-9]):) }} ;;
    esac
  done
}

# --- servers.tsv

declare -A host=() port=() tls=() administrator=() secret=() away=() facts=()
servers=()
number=0
while IFS=$'\t' read -r name address at mode rest || [[ -n $name ]]; do
  number=$((number + 1))
  [[ $name =~ ^[a-z]([a-z0-9-]*[a-z0-9])?$ && -z ${host[$name]-} && $address =~ ^[A-Za-z0-9.:_-]+$ && $at =~ ^[0-9]{1,5}$ &&
    $mode =~ ^(disable|require|verify-full)$ && -z $rest ]] ||
    stop "line $number of servers.tsv: FAILED: not a name, a host, a port and a TLS mode"
  servers+=("$name")
  host[$name]=$address port[$name]=$at tls[$name]=$mode
done <data/servers.tsv
((number > 0)) || stop 'servers.tsv: FAILED: there is no server'
readonly main=${servers[0]}

# Secrets may come after us: a store is asked for them, and the kubelet brings them. With those of before, all would seem to be done.
await_secret() {
  local what=$1 revision=$2 file=$1/.revision
  until [[ -z $revision || $(cat "$file" 2>/dev/null) == "$revision" ]]; do
    ((SECONDS < SECRET_SECONDS)) ||
      stop "the passwords of the $what: FAILED: their Secret has not come as revision $revision for $SECRET_SECONDS s: see whether it was made or fetched"
    sleep 1
  done
}
await_secret roles "$ROLES_REVISION"
! has_tenants || await_secret tenants "$TENANTS_REVISION"

password_in "roles/$OWNER_ROLE" || stop "role $OWNER_ROLE: FAILED: $problem"
readonly owner_password=$password

# All servers are waited for at once: under kubectl everything starts together.
while IFS=$US read -r server problem; do
  away[$server]=$problem
done < <(
  for server in "${servers[@]}"; do
    said=
    until pg_isready -q -t 5 -U "$OWNER_ROLE" -h "${host[$server]}" -p "${port[$server]}"; do
      if ((SECONDS >= WAIT_SECONDS)); then
        say "$server$US${host[$server]}:${port[$server]} has taken no connections for $WAIT_SECONDS s"
        break
      fi
      [[ -n $said ]] || say "server $server: waiting for ${host[$server]}:${port[$server]}" >&2
      said=yes
      sleep 1
    done &
  done
  wait
)
for server in "${servers[@]}"; do
  [[ -z ${away[$server]-} ]] && ! by_operator "$server" || continue
  if password_in "administrators/$server/POSTGRES_ADMIN_PASSWORD"; then
    secret[$server]=$password administrator[$server]=$(<"administrators/$server/POSTGRES_ADMIN_USER")
  else
    away[$server]=$problem
  fi
done
[[ -z ${away[$main]-} ]] || stop "server $main: FAILED: ${away[$main]}"

if by_operator "$main"; then
  patiently opens "$main" "$OWNER_ROLE" "$owner_password" "$ADMIN_DATABASE" ||
    stop "server $main: FAILED: the operator has not let $OWNER_ROLE into $ADMIN_DATABASE for $WAIT_SECONDS s"
  lock "$OWNER_ROLE" "$owner_password" "$ADMIN_DATABASE" || stop "server $main: FAILED: $problem"
else
  lock "${administrator[$main]}" "${secret[$main]}" postgres || stop "server $main: FAILED: $problem"
fi

for server in "${servers[@]}"; do
  if [[ -z ${away[$server]-} ]] && ! prepare "$server"; then away[$server]=$problem; fi
  if [[ -z ${away[$server]-} ]]; then
    say "server $server: ready"
    ! by_operator "$server" && has_tenants || continue
    while IFS=$US read -r -d '' role rest; do
      facts[$server/$role]=$rest
    done < <(as_administrator "$server" -0 -F "$US" -v "prefix=$TENANT_PREFIX" -v "backup=$BACKUP_ROLE" -f scripts/facts.sql </dev/null)
    wait $! || away[$server]='its roles could not be read'
  elif [[ $server == "$main" ]]; then
    stop "server $server: FAILED: ${away[$server]}"
  fi
  [[ -z ${away[$server]-} ]] || say "server $server: FAILED: ${away[$server]}"
done

if ! has_tenants; then
  say "database $ADMIN_DATABASE: ready"
  exit
fi

# What PostgreSQL 14 gives everybody, only a superuser takes away.
[[ $(as_owner -c "select has_schema_privilege('$READER_ROLE', 'public', 'create')" </dev/null) != t ]] ||
  say "server $main: note: $READER_ROLE may make tables in $ADMIN_DATABASE until a superuser runs there: revoke create on schema public from public"

# --- the registry: what stands there, and whether somebody changed it since we began

declare -A row=() place=() active=() later=()
while IFS=$US read -r -d '' slug where is_active since rest; do
  place[$slug]=$where active[$slug]=$is_active later[$slug]=$since row[$slug]=$rest
done < <(as_owner -0 -F "$US" -v "main=$main" -v "age=$((${EPOCHREALTIME/./} - began))" -f scripts/rows.sql </dev/null)
wait $! || stop 'the registry could not be read'

# --- tenants.tsv

declare -A listed=()
slugs=() states=() on_servers=() limits=() names=()
failed=0
unreadable=0
number=0
while read -r line || [[ -n $line ]]; do
  number=$((number + 1))
  IFS=$US read -r slug state server limit _ name rest <<<"${line//$'\t'/$US}"
  wrong=
  if [[ ! $slug =~ ^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$ || $slug == *--* ]]; then
    wrong='no slug'
    unreadable=1
  elif [[ -n ${listed[$slug]-} ]]; then
    wrong="the slug of line ${listed[$slug]}"
  elif [[ ! $state =~ ^(active|suspended|removed)$ ]]; then
    wrong='no state'
  elif [[ -z $server || -z ${host[$server]-} ]]; then
    wrong='no server of servers.tsv'
  elif [[ ! $limit =~ ^(-1|[0-9]{1,6})$ ]]; then
    wrong='no connection limit'
  elif [[ -z $name || $name == *[[:cntrl:]]* || -n $rest ]]; then
    wrong='no name on one line'
  fi
  # A tenant with a wrong line is a listed one all the same.
  [[ $wrong == 'no slug' ]] || listed[$slug]=$number
  if [[ -z $wrong ]]; then
    slugs+=("$slug") states+=("$state") on_servers+=("$server") limits+=("$limit") names+=("$name")
  else
    say "line $number of tenants.tsv: FAILED: it has $wrong"
    failed=$((failed + 1))
  fi
done <data/tenants.tsv
if ((unreadable)); then
  say 'tenants that are not listed are left as they are, since a line that cannot be read may be theirs'
else
  for slug in "${!row[@]}"; do
    [[ -z ${listed[$slug]-} ]] || continue
    slugs+=("$slug") states+=(unlisted) on_servers+=("${place[$slug]}") limits+=(-1) names+=('')
  done
fi

# --- tenants

# What facts.sql says of a role and its database when they are as they are to be.
settled() { printf '%s' "$1$US$2${US}t$US$3${US}t"; }

# Whether a tenant's data are where it is listed, or nowhere.
in_place() {
  local slug=$1 role=$2 server=$3 at=${place[$1]-$3}
  [[ $at != "$server" ]] || return 0
  if [[ -n ${host[$at]-} && -z ${away[$at]-}${facts[$at/$role]-} ]] && ! by_operator "$at"; then return 0; fi
  problem="its data are on server $at, and it is listed on $server: move its database there first, and then in $ADMIN_DATABASE:"
  problem+=" update tenant_registry set server = '$server' where slug = '$slug'"
  return 1
}

# Whether a row is still as it was before us. Else our lists may be older than those of the run that changed it.
ours() {
  [[ ${later[$1]-} != t ]] && return
  problem='its row in the registry has changed since this run began: run this again'
  return 1
}

# Whether a server is there.
reachable() {
  problem=${away[$1]:+server $1: ${away[$1]}}
  [[ -z $problem ]]
}

# A role that gets into its database, which is the owner's part where an operator makes them.
open_tenant() {
  local server=$1 role=$2 limit=$3 password=$4 known
  reachable "$server" || return
  if by_operator "$server"; then
    patiently on "$server" "$role" "$password" "$role" -v "database=$role" -v "backup=$BACKUP_ROLE" -f scripts/private.sql
    return
  fi
  known=${facts[$server/$role]-}
  if [[ -n $known ]] && opens "$server" "$role" "$password" "$role"; then
    [[ $known != "$(settled t "$limit" "$role")" ]] || return 0
    password=
  fi
  bring "$server" "$role" true "$limit" false "$role" "$password"
}

# Nobody but its owner gets into a database that an operator made; when the owner does not log in, who dumps acts for it.
close_database() {
  password_in "roles/$BACKUP_ROLE" && patiently on "$1" "$BACKUP_ROLE" "$password" postgres -v "database=$2" -v "backup=$BACKUP_ROLE" -f scripts/private.sql
}

# A role that gets in nowhere. Of a suspended tenant what is missing is made: its data may be restored.
close_tenant() {
  local state=$1 server=$2 role=$3 limit=$4 known=${facts[$2/$3]-}
  reachable "$server" || return
  if by_operator "$server"; then
    [[ $state != suspended ]] || close_database "$server" "$role"
    return
  fi
  if [[ $state == suspended ]]; then
    [[ $known == "$(settled f "$limit" "$role")" ]] || bring "$server" "$role" false "$limit" false "$role" ''
  elif [[ $known == t* ]]; then
    attempt as_administrator "$server" -v "role=$role" -f scripts/close.sql </dev/null
  fi
}

# An active tenant. The row, which leads the application to it, comes last.
activate() {
  local slug=$1 role=$2 server=$3 limit=$4 name=$5 url
  password_in "tenants/$slug" || return
  encode "$password"
  url=$CONNECTION_SCHEME://$role:$encoded@$POOLER_HOST:$POOLER_PORT/$role
  if [[ ${active[$slug]-}$US${row[$slug]-} == "t$US$server$US$role$US$url$US$name" ]]; then
    open_tenant "$server" "$role" "$limit" "$password"
  else
    ours "$slug" && open_tenant "$server" "$role" "$limit" "$password" &&
      attempt as_owner -f scripts/row.sql < <(printf '%s\t%s\t%s\t%s\t%s\n' "$slug" "$server" "$role" "$url" "$name")
  fi
}

# A tenant that is not active. The row comes first.
deactivate() {
  local slug=$1 role=$2 server=$3 limit=$4 state=$5
  if [[ ${active[$slug]-} == t ]]; then
    ours "$slug" && attempt as_owner -v "slug=$slug" -f scripts/deactivate.sql </dev/null || return
  fi
  close_tenant "$state" "$server" "$role" "$limit"
}

# Brings one tenant in line, and says how that went in one write, so that lines of several do not mix.
settle() {
  local slug=${slugs[$1]} state=${states[$1]} server=${on_servers[$1]} limit=${limits[$1]} name=${names[$1]} outcome=failed
  local role=$TENANT_PREFIX${slug//-/_}
  problem=
  if ! in_place "$slug" "$role" "$server"; then
    :
  elif [[ $state == active ]]; then
    ! activate "$slug" "$role" "$server" "$limit" "$name" || outcome=ready
  elif deactivate "$slug" "$role" "$server" "$limit" "$state"; then
    outcome=$state
  fi
  printf '%s\n' "$outcome$US$slug$US$problem"
}

ready=0 inactive=0
while IFS=$US read -r outcome slug problem; do
  case $outcome in
    ready)
      say "tenant $slug: ready"
      ready=$((ready + 1))
      ;;
    failed)
      say "tenant $slug: FAILED: $problem"
      failed=$((failed + 1))
      ;;
    *)
      say "tenant $slug: inactive: $outcome"
      inactive=$((inactive + 1))
      ;;
  esac
done < <(
  for ((worker = 0; worker < PARALLEL; worker++)); do
    for ((index = worker; index < ${#slugs[@]}; index += PARALLEL)); do settle "$index"; done &
  done
  wait
)
say "$((ready + failed)) tenants: $ready ready, $failed failed; $inactive inactive"
((failed + ${#away[@]} == 0))
