#!/bin/sh
# Starts a process of the shape single when what it needs is there: start.sh api|worker|frontend COMMAND …
# The API runs the migrations before its first start in this container, and not when the key of the stored keys is another one.
set -eu
readonly MIGRATED=/tmp/migrated
readonly SCRIPTS="${0%/*}"

wait_for_database() {
  until surreal isready --endpoint http://localhost:8000 >/dev/null 2>&1; do sleep 1; done
}

wait_for_migrations() {
  until [ -e "$MIGRATED" ]; do sleep 1; done
}

migrate() {
  if [ -e "$MIGRATED" ]; then return; fi
  SURREAL_ENDPOINT=http://localhost:8000 sh "$SCRIPTS/check-key.sh"
  sh -c "$MIGRATION"
  touch "$MIGRATED"
}

case $1 in
  api)
    wait_for_database
    migrate
    ;;
  worker)
    wait_for_database
    wait_for_migrations
    ;;
esac
shift
exec "$@"
