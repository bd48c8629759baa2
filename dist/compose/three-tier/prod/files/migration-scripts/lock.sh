#!/bin/bash
# Holds the lock of the migrations while the container beside this one migrates, and gives it a URL for each database.
#
# The lock belongs to a session in the admin database: whatever ends this container or its node ends the session, and the lock with it.
# Both containers learn of the other's end by a pipe, /work/alive: there the other one writes a line each second, and of each
# database whose migration has ended, and this one reads.
set -euo pipefail
umask 077
# Process 1 ignores every signal that it has no trap for.
trap 'exit 143' TERM INT
# Writing to a session that has ended fails, and does not end this script.
trap '' PIPE

readonly SCRIPTS=${0%/*}
# The number of the lock: always this one, and used for nothing else.
readonly KEY=1835624306

# Texts are compared byte by byte, and [a-z] means the 26 letters alone.
export LC_ALL=C
# Before PostgreSQL 15 everybody may put functions into a schema "public": none of them is called here.
# The owner of a database can set what sessions in it begin with: they act as whom they connect as, and see all rows or fail.
# When this pod vanishes without closing its connections, the server notices within a minute and gives the lock back.
export PGOPTIONS='-c role=none -c row_security=off -c search_path=pg_catalog -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60s'
export PGAPPNAME="migrations ${HOSTNAME:-}" PGCONNECT_TIMEOUT=5

. "$SCRIPTS/log.sh"
. "$SCRIPTS/url.sh"
. "$SCRIPTS/passwords.sh"
. "$SCRIPTS/servers.sh"
. "$SCRIPTS/tenants.sh"
. "$SCRIPTS/offers.sh"
. "$SCRIPTS/pooler.sh"

# pause SECONDS: fails when the other container ends meanwhile.
pause() {
  local status=0
  sleep "$1"
  while ((status == 0)); do
    read -r -t 0.01 -u "$alive" _ || status=$?
  done
  ((status > 128)) || fail 'the container that migrates has ended'
}

# Waits for the other container. From then on this one ends after it: no migration may run on without the lock.
meet_other_container() {
  local both
  mkfifo /work/events
  mkfifo /work/alive
  # Opened for reading and writing, a pipe does not wait for a process at its other end.
  exec {both}<>/work/alive
  until read -r -t 1 -u "$both" _; do :; done
  exec {alive}</work/alive {both}>&-
  trap '' TERM INT
}

# Waits until the owner gets into the admin database, and writes its offer.
wait_for_admin_database() {
  local file=/work/offers/0000-admin reason said=''
  SECONDS=0
  until write_offer "$file" "$main" "$ADMIN_DATABASE" "$OWNER_ROLE" "/etc/berth/roles/$OWNER_ROLE" && has_url "$file"; do
    { read -r _ && read -r reason; } <"$file"
    [[ $reason == "$said" ]] || say "waiting for the admin database: $reason"
    said=$reason
    ((SECONDS < WAIT_SECONDS)) || fail "the admin database has not let us in for $WAIT_SECONDS s"
    pause 2
  done
}

# query_session QUERY: $answer: what the session that holds the lock says to a query that gives one line.
query_session() { printf '%s;\n' "$1" >&"$to" && read -r -t 20 -u "$from" answer; } 2>/dev/null

take_lock() {
  local holder=''
  SECONDS=0
  until query_session "SELECT pg_try_advisory_lock($KEY)" && [[ $answer == t ]]; do
    query_session "SELECT coalesce(max(format('%s, connected since %s', application_name, backend_start::timestamptz(0))), 'nobody any more')
      FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND objid = $KEY
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())" || fail 'the session is lost'
    [[ $answer == "$holder" ]] || say "waiting for the lock, which another run has: $answer"
    holder=$answer
    ((SECONDS < LOCK_SECONDS)) || fail "another run has had the lock for $LOCK_SECONDS s"
    pause 1
  done
  say 'the lock is held'
}

read_servers
main=${servers[0]}
meet_other_container
mkdir /work/offers
wait_for_admin_database

coproc SESSION { query_server "$main" "$ADMIN_DATABASE" "$OWNER_ROLE" "$(role_password "$OWNER_ROLE")"; }
exec {from}<&"${SESSION[0]}" {to}>&"${SESSION[1]}"
take_lock
if has_tenants; then for_each_tenant add_tenant; fi
offer_tenants
query_session 'SELECT 1' || fail 'the session is lost'
# The other container waits for this folder, which appears in one step, with all its files.
mv /work/offers /work/urls

! has_pooler || start_telling
while read -r -t 5 -u "$alive" ended || (($? > 128)); do
  [[ -z $ended ]] || ! has_pooler || tell_of "$ended"
  query_session 'SELECT 1' || fail 'the session is lost, and the lock with it'
done
! has_pooler || finish_telling || fail 'PgBouncer was not told of all that has changed: run this again'
say 'the lock is released'
