#!/bin/bash
# Writes a dump to its output: of a database, or without one of a server's roles. restic runs it, and makes no snapshot when it fails.
#
# A dump is SQL, so that psql alone can restore it. Comments at its head, the manifest, say what it holds; they are read from the
# same state of the database as the dump itself. Then come the rights, which are given last, and the rest. A query at its end says that
# it is whole.
source /etc/berth/scripts/common.sh
server=$1 database=${2:-}
exec 2>"$PROBLEMS" # restic may end before it has passed on what is said

head_of() { printf -- '-- %s\n' 'berth dump 2' "server $server" "$@" "time $(date -u +%Y-%m-%dT%H:%M:%SZ)"; }
end_of_manifest() { printf -- '-- end of manifest\n\n'; }

if [[ -z $database ]]; then
  head_of 'roles'
  end_of_manifest
  # Who is no superuser cannot read passwords; provisioning sets them anew.
  on "$server" postgres pg_dumpall --globals-only --no-role-passwords
else
  coproc SESSION { ask "$server" "$database"; }
  exec {from}<&"${SESSION[0]}" {to}>&"${SESSION[1]}"
  printf '%s\n' \
    "select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout' \\g /dev/null" \
    'begin isolation level repeatable read read only;' 'select pg_export_snapshot();' \
    "\\i $SCRIPTS/manifest.sql" "\\i $SCRIPTS/facts.sql" '\echo end of manifest' >&"$to"
  IFS= read -r -u "$from" snapshot || die 'the session is lost'
  head_of
  while IFS= read -r -u "$from" line && [[ $line != 'end of manifest' ]]; do printf -- '-- %s\n' "$line"; done
  [[ $line == 'end of manifest' ]] || die 'the session is lost'
  # Names may hold any line but this one.
  end_of_rights="-- end of rights $SRANDOM$SRANDOM$SRANDOM"
  printf '%s\n' "$end_of_rights"
  end_of_manifest
  # Owners and tablespaces are those of the database that it is restored to.
  options=(--snapshot="$snapshot" --no-owner --no-tablespaces)
  archive=$(mktemp)
  trap 'rm -f "$archive"' EXIT
  on "$server" "$database" pg_dump "${options[@]}" --schema-only --format=custom --file="$archive"
  pg_restore --no-owner --use-list=<(pg_restore --list "$archive" | grep -E '^[0-9]+; [0-9]+ [0-9]+ (DEFAULT )?ACL ') --file=- "$archive"
  printf '%s\n' "$end_of_rights"
  on "$server" "$database" pg_dump "${options[@]}" --no-privileges
fi
printf "\nselect 'end of dump';\n"
