#!/bin/bash
# Brings the servers in line with servers.tsv and tenants.tsv: roles, databases, the registry. What is right is left alone: a second
# run writes nothing, and one that was interrupted is finished by the next.
#
# Passwords are in no argument, log or statement: psql has them from its environment or its input, and makes a verifier of a new
# one before the server hears of it.
set -euo pipefail
shopt -s extglob
# Process 1 ignores every signal that it has no trap for.
trap 'exit 143' TERM INT

readonly SCRIPTS=${0%/*}
# Texts are compared byte by byte, and [a-z] means the 26 letters alone.
export LC_ALL=C PGCLIENTENCODING=UTF8 PGAPPNAME=provisioning PGCONNECT_TIMEOUT=10
readonly began=${EPOCHREALTIME/./}
# Before PostgreSQL 15 everybody may put functions into a schema "public": none of them is called here.
# The owner of a database can set what sessions in it begin with: they act as whom they connect as, and see all rows or fail.
# When this pod vanishes without closing its connections, the server notices within a minute and gives the lock back.
export PGOPTIONS='-c role=none -c row_security=off -c default_transaction_read_only=off
  -c search_path=pg_catalog -c TimeZone=UTC -c client_min_messages=warning -c lock_timeout=30s -c statement_timeout=300s
  -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3'

readonly PARALLEL=${PARALLEL:-4} LOCK_SECONDS=${LOCK_SECONDS:-600}
# An operator makes roles and databases one after the other, which takes longer.
[[ $ROLES_MADE_BY == operator ]] && patience=300 || patience=120
readonly SECRET_SECONDS=${SECRET_SECONDS:-300}
readonly WAIT_SECONDS=${WAIT_SECONDS:-$patience}
# Separates fields: a character that none of them has.
readonly US=$'\x1f'

. "$SCRIPTS/log.sh"
. "$SCRIPTS/url.sh"
. "$SCRIPTS/passwords.sh"
. "$SCRIPTS/servers.sh"
. "$SCRIPTS/administrators.sh"
. "$SCRIPTS/tenants.sh"
. "$SCRIPTS/attempts.sh"
. "$SCRIPTS/revisions.sh"
. "$SCRIPTS/roles.sh"
. "$SCRIPTS/databases.sh"
. "$SCRIPTS/prepare.sh"
. "$SCRIPTS/registry.sh"
. "$SCRIPTS/tenant.sh"

# The tenants that are brought in line, and how many could not be or have a line that is wrong.
tenant_servers=() limits=() slugs=() states=() names=()
failed=0
# The slugs that are listed; one that cannot be read may be anybody's.
declare -A listed=()
unreadable=

# add_tenant SERVER LIMIT SLUG STATE NAME
add_tenant() { tenant_servers+=("$1") limits+=("$2") slugs+=("$3") states+=("$4") names+=("$5"); }

# A tenant with a wrong line is a listed one all the same.
add_listed_tenant() {
  local line=$1 mistake=$2 slug=$3 state=$4 server=$5 limit=$6 name=$7
  if [[ -n $slug ]]; then listed[$slug]=yes; else unreadable=yes; fi
  if [[ -z $mistake ]]; then
    add_tenant "$server" "$limit" "$slug" "$state" "$name"
  else
    say "line $line of tenants.tsv: FAILED: it has $mistake"
    failed=$((failed + 1))
  fi
}

# Adds the tenants of the registry that are not listed any more.
add_unlisted_tenants() {
  local slug
  if [[ -n $unreadable ]]; then
    say 'tenants that are not listed are left as they are, since a line that cannot be read may be theirs'
    return
  fi
  for slug in "${!row[@]}"; do
    [[ -n ${listed[$slug]-} ]] || add_tenant "${place[$slug]}" -1 "$slug" unlisted ''
  done
}

# update_every_nth FIRST: of the tenants, as one of several at work.
update_every_nth() {
  local index
  for ((index = $1; index < ${#slugs[@]}; index += PARALLEL)); do
    update_tenant "${tenant_servers[index]}" "${limits[index]}" "${slugs[index]}" "${states[index]}" "${names[index]}"
  done
}

# Several at a time. The last line of the log sums up.
update_tenants() {
  local ready=0 inactive=0 worker outcome slug problem
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
    for ((worker = 0; worker < PARALLEL; worker++)); do update_every_nth "$worker" & done
    wait
  )
  say "$((ready + failed)) tenants: $ready ready, $failed failed; $inactive inactive"
}

# Without the main server nothing can be done.
prepare_servers() {
  local server
  for server in "${servers[@]}"; do
    if [[ -z ${away[$server]-} ]] && ! prepare_server "$server"; then away[$server]=$problem; fi
    if [[ -z ${away[$server]-} ]]; then
      say "server $server: ready"
      if ! is_run_by_operator "$server" && has_tenants; then read_facts "$server"; else continue; fi
    elif [[ $server == "$main" ]]; then
      stop_run "server $server: FAILED: ${away[$server]}"
    fi
    [[ -z ${away[$server]-} ]] || say "server $server: FAILED: ${away[$server]}"
  done
}

# All that is done while the lock is held.
provision() {
  prepare_servers
  if ! has_tenants; then
    say "database $ADMIN_DATABASE: ready"
    make_other_databases
    return
  fi
  tell_of_open_schema
  read_registry
  for_each_tenant add_listed_tenant
  add_unlisted_tenants
  update_tenants
  ((failed + ${#away[@]} == 0))
}

read_servers
read_databases
[[ -z ${DRILL_SERVER-} ]] || read_server_list DRILL_SERVER < <(printf %s "$DRILL_SERVER")
readonly main=${servers[0]}
wait_for_secret roles "$ROLES_REVISION"
! has_tenants || wait_for_secret tenants "$TENANTS_REVISION"
read_password "/etc/berth/roles/$OWNER_ROLE" || stop_run "role $OWNER_ROLE: FAILED: $problem"
readonly owner_password=$password

wait_for_servers
check_administrators
[[ -z ${away[$main]-} ]] || stop_run "server $main: FAILED: ${away[$main]}"
lock_servers

# Beside the work, the lock is watched. When it is lost, this process ends, and all others of the container with it.
exec {log}>&1
exec {working}< <(
  set -e
  provision >&"$log"
)
readonly worker=$!
while :; do
  status=0
  read -r -t 5 -u "$working" _ || status=$?
  is_lock_held || {
    say 'FAILED: the connection that held the lock is lost, as after a failover, and another run may be at work: run this again'
    exit 1
  }
  ((status > 128)) || break
done
wait "$worker"
