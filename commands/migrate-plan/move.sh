#!/bin/bash
# Moves PostgreSQL databases from one server to another, and loses no row that was acknowledged: move.sh COMMAND
#
#   inspect   sizes, versions, and what a copy does not take
#   copy      dumps each database, loads it, and compares: also while the source is in use, to rehearse
#   close     the source takes no more writes: new transactions are read-only, and sessions are ended
#   seal      the source accepts no session any more; then its last state is compared with the target's
#   open      takes close and seal back
#
# Variables: SOURCE_URL and TARGET_URL, postgresql://USER:PASSWORD@HOST:PORT/…, of one role on each server. On the source it owns the databases;
# on the target it is, or is a member of, the owner of each database. DATABASES: names with blanks between them; SOURCE:TARGET where they
# differ. REPLACE: names of databases of the target whose rows may be deleted. MAINTENANCE_DATABASE: another database of the source
# that its role may enter (postgres). MOVE_FOLDER: where dumps are kept (.build/move).
set -euo pipefail
umask 077
SCRIPTS=$(cd "$(dirname "$0")" && pwd)
readonly SCRIPTS
. "$SCRIPTS/../../lib/parts/shell/log.sh"
. "$SCRIPTS/servers.sh"
. "$SCRIPTS/copy.sh"
. "$SCRIPTS/cut-over.sh"

export PGAPPNAME='berth move' PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8 SCRIPTS
export MAINTENANCE=${MAINTENANCE_DATABASE:-postgres}
readonly COMMAND=${1:-}

usage() {
  sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

case $COMMAND in
  inspect | copy | close | seal | open) [ $# = 1 ] || usage ;;
  *) usage ;;
esac
[ -n "${DATABASES:-}" ] || fail 'DATABASES is not set: the names of the databases, with blanks between them'
read -r -d '' -a pairs <<<"$DATABASES" || :
check_url SOURCE_URL
case $COMMAND in close | open) ;; *) check_url TARGET_URL ;; esac

if [ ${#pairs[@]} -gt 1 ]; then
  failed=''
  for pair in "${pairs[@]}"; do
    DATABASES=$pair "$BASH" "$0" "$COMMAND" || failed="$failed $pair"
  done
  [ -z "$failed" ] || fail "$COMMAND:$failed"
  say "$COMMAND: all ${#pairs[@]} databases"
  exit
fi

from=${pairs[0]%%:*}
to=${pairs[0]#*:}
[ -n "$from" ] && [ -n "$to" ] || fail "DATABASES: given ${pairs[0]}, expected a name, or SOURCE:TARGET"
[ "$from" != "$MAINTENANCE" ] || fail "MAINTENANCE_DATABASE: given $MAINTENANCE, expected another database than the one that is moved"
folder=${MOVE_FOLDER:-.build/move}
mkdir -p "$folder"
work=$(cd "$folder" && pwd)
export ARCHIVE=$work/${from//\//%2F}.dump
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"${COMMAND}_database"
