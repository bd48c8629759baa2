#!/bin/sh
# Migrates every database while the container beside this one holds the lock: the admin database first and alone, then the tenants',
# several at a time. In plain POSIX shell with nothing but `sleep`, since the image is the backend's.
#
# One loop takes out of a pipe, /work/events, what happens: a second has passed, the lock is gone, a command has begun or ended.
set -u

readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/log.sh"

# The text by which a command tells that a later release has migrated its database. Without it, that is a failure like any other.
LATER=${LATER:-}

# How long a command may take to end when it is told to.
GRACE_SECONDS=10

now=0
running=0
# The migrations that run: <database>:<process>:<when it began>, separated by spaces.
begun=
stopping=
told=
migrated=0
later=0
failed=0
left=0

# set_name ID: $name: a database, as people call it.
set_name() {
  case $1 in
    0000-*) name='admin database' ;;
    *) name="tenant ${1#*-}" ;;
  esac
}

# count_failure ID WHY
count_failure() {
  set_name "$1"
  say "$name: FAILED: $2"
  failed=$((failed + 1))
}

# stop_beginning WHY: nothing more is begun, and what runs is told to end at the next second.
stop_beginning() {
  [ -z "$stopping" ] || return
  say "$1: nothing more is begun"
  stopping=$now
}

# A command may have children, which a signal to itself alone would leave behind. So it leads a group, where the image can make one.
detach=$(command -v setsid) && group=- || group=

# pass_on ID: prints what a command says, indented, so that it is not taken for a line of this script; and then tells how it ended.
pass_on() {
  known=
  while IFS= read -r line || [ -n "$line" ]; do
    printf '%s:   %s\n' "$name" "$line"
    [ -z "$LATER" ] || case $line in *"$LATER"*) known=later ;; esac
  done
  read -r status <"/work/$1.status"
  echo "ended $1 ${status:-unknown} $known" >&8
}

# begin_migration FILE: of a database, if it has a URL.
begin_migration() {
  id=${1##*/}
  { IFS= read -r url && IFS= read -r more; } <"$1"
  if [ -z "$url" ]; then
    count_failure "$id" "$more"
    return
  fi
  set_name "$id"
  (
    command=$MIGRATE_COMMAND MIGRATE_DATABASE=tenant MIGRATE_TENANT=${id#*-}
    case $id in 0000-*) command=$MIGRATE_ADMIN_COMMAND MIGRATE_DATABASE=admin MIGRATE_TENANT= ;; esac
    export "$DATABASE_URL_VARIABLE=$url" MIGRATE_DATABASE MIGRATE_TENANT
    [ -z "$more" ] || export PGSSLROOTCERT="$more"
    $detach /bin/sh -c "$command" </dev/null 8>&- &
    echo "begun $id $!" >&8
    wait "$!"
    echo "$?" >"/work/$id.status"
  ) 2>&1 | pass_on "$id" &
  running=$((running + 1))
}

# count_outcome ID STATUS KNOWN: of a migration that has ended.
count_outcome() {
  others=
  since=$now
  for one in $begun; do
    case $one in
      "$1":*) since=${one##*:} ;;
      *) others="$others $one" ;;
    esac
  done
  begun=$others
  running=$((running - 1))
  # The other container has PgBouncer open new connections.
  (echo "$1" >&9) 2>/dev/null
  set_name "$1"
  if [ "$2" = 0 ]; then
    say "$name: migrated in $((now - since)) s"
    migrated=$((migrated + 1))
  elif [ "$3" = later ]; then
    say "$name: left as it is, a later release has migrated it"
    later=$((later + 1))
  elif [ $((now - since)) -ge "$LIMIT_SECONDS" ]; then
    count_failure "$1" "not done in $LIMIT_SECONDS s"
  else
    count_failure "$1" "exit $2"
  fi
}

# A second has passed: what is late is told to end, and is killed when it does not.
end_late_ones() {
  now=$((now + 1))
  for one in $begun; do
    process=${one%:*}
    late=$((now - ${one##*:} - LIMIT_SECONDS))
    [ -z "$stopping" ] || late=$((now - stopping))
    [ "$late" -ge 0 ] || continue
    [ "$late" -lt "$GRACE_SECONDS" ] && signal=TERM || signal=KILL
    kill -s "$signal" -- "$group${process##*:}" 2>/dev/null
  done
}

# Takes the next event out of the pipe.
handle_event() {
  read -r event id detail known <&8 || event=
  [ -z "$told" ] || stop_beginning 'told to end'
  case $event in
    tick) end_late_ones ;;
    gone) stop_beginning 'the container that holds the lock has ended' ;;
    begun) begun="$begun $id:$detail:$now" ;;
    ended) count_outcome "$id" "$detail" "$known" ;;
  esac
}

# migrate_databases MOST FILE …: MOST of them at a time.
migrate_databases() {
  most=$1
  shift
  while :; do
    while [ $# -gt 0 ] && [ -z "$stopping" ] && [ "$running" -lt "$most" ]; do
      begin_migration "$1"
      shift
    done
    [ "$running" -gt 0 ] || break
    handle_event
  done
  left=$((left + $#))
}

trap 'told=yes' TERM INT
until [ -p /work/alive ]; do
  sleep 1
  [ -z "$told" ] || exit 143
done
# Migrations inherit the second pipe, so that the lock is held until the last one has ended.
exec 8<>/work/events 9>/work/alive
(
  trap - TERM INT
  while sleep 1; do
    (echo >&9) 2>/dev/null || echo gone >&8
    echo tick >&8
  done
) &
ticker=$!
trap 'kill "$ticker"' EXIT

until [ -d /work/urls ] || [ -n "$stopping" ]; do handle_event; done
[ -d /work/urls ] || exit 1
set -- /work/urls/*
[ -z "$MIGRATE_ADMIN_COMMAND" ] || migrate_databases 1 "$1"
shift
migrate_databases "$PARALLEL" "$@"

summary="$((migrated + later + failed + left)) databases: $migrated migrated"
[ "$later" = 0 ] || summary="$summary, $later left as they are"
[ "$failed" = 0 ] || summary="$summary, $failed FAILED"
[ "$left" = 0 ] || summary="$summary, $left not begun"
say "$summary"
[ $((failed + left)) = 0 ]
