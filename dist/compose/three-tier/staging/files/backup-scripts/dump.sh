#!/bin/bash
# Writes a dump to its output: dump.sh SERVER DATABASE, or without a database one of a server's roles. restic runs it, and makes no snapshot
# when it fails.
#
# A dump is SQL, so that psql alone can restore it. Comments at its head, the manifest, say what it holds; they are read from the
# same state of the database as the dump itself. Then come the rights, which are given last, and the rest. A query at its end says that
# it is whole.
readonly SCRIPTS=${0%/*}
. "$SCRIPTS/task.sh"
server=$1 database=${2:-}
exec 2>"${PROBLEMS:?}" # restic may end before it has passed on our errors

write_comments() { printf -- '-- %s\n' "$@"; }
write_head() { write_comments 'berth dump 2' "server $server" "$@" "time $(date -u +%Y-%m-%dT%H:%M:%SZ)"; }
end_manifest() { printf -- '-- end of manifest\n\n'; }

# run_client COMMAND …: pg_dump, or another client, in the database.
run_client() { run_on_server "$server" "${database:-postgres}" "$BACKUP_ROLE" "$(role_password "$BACKUP_ROLE")" "$@"; }

# Only a superuser could read passwords; provisioning sets them anew.
dump_roles() {
  write_head 'roles'
  end_manifest
  run_client pg_dumpall --globals-only --no-role-passwords
}

# $snapshot: a state of the database that lasts as long as the session behind $from and $to.
open_session() {
  coproc SESSION { query_as_backup "$server" "$database"; }
  exec {from}<&"${SESSION[0]}" {to}>&"${SESSION[1]}"
  printf '%s\n' \
    "select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout' \\g /dev/null" \
    'begin isolation level repeatable read read only;' 'select pg_export_snapshot();' \
    "\\i $SCRIPTS/manifest.sql" "\\i $SCRIPTS/facts.sql" '\echo end of manifest' >&"$to"
  IFS= read -r -u "$from" snapshot || fail 'the session is lost'
}

# Prints what the session says of the database.
write_manifest() {
  local line
  write_head
  while IFS= read -r -u "$from" line && [[ $line != 'end of manifest' ]]; do write_comments "$line"; done
  [[ $line == 'end of manifest' ]] || fail 'the session is lost'
}

# write_rights pg_dump's arguments …: what pg_restore makes of an archive, since pg_dump cannot write rights alone.
write_rights() {
  archive=$(mktemp)
  trap 'rm -f "$archive"' EXIT
  run_client pg_dump "$@" --schema-only --format=custom --file="$archive"
  pg_restore --no-owner --use-list=<(pg_restore --list "$archive" | grep -E '^[0-9]+; [0-9]+ [0-9]+ (DEFAULT )?ACL ') --file=- "$archive"
}

dump_database() {
  # It is random, so that it occurs in no name.
  local end_of_rights="end of rights $SRANDOM$SRANDOM$SRANDOM" options
  open_session
  write_manifest
  write_comments "$end_of_rights"
  end_manifest
  # Owners and tablespaces are those of the database that it is restored to.
  options=(--snapshot="$snapshot" --no-owner --no-tablespaces)
  write_rights "${options[@]}"
  write_comments "$end_of_rights"
  run_client pg_dump "${options[@]}" --no-privileges
}

if [[ -n $database ]]; then dump_database; else dump_roles; fi
printf "\nselect 'end of dump';\n"
