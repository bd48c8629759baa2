#!/bin/sh
# PgBouncer's pod: makes its list of users from the secrets, starts it, has it read again what changed, and ends it between transactions.
# shellcheck shell=busybox
set -eu
umask 077
export LC_ALL=C

readonly SCRIPTS="${0%/*}"
. "$SCRIPTS/passwords.sh"

USERS=/run/pgbouncer/users.txt
AUTHORITIES=/run/pgbouncer/authorities.crt
ENDING=/run/pgbouncer/ending.ini

# print_user ROLE FILE: a line of the list for a role and the file of its password, if that is one that provisioning takes. PgBouncer
# doubles the quotes that are part of it.
print_user() {
  role=$1
  read_password "$2" || {
    echo "role $role: left out: $problem" >&2
    return 0
  }
  case $password in *\"*) password=$(printf '%s\n' "$password" | sed 's/"/""/g') ;; esac
  printf '"%s" "%s"\n' "$role" "$password"
}

print_users() {
  for file in /etc/berth/roles/*; do
    if [ -f "$file" ]; then print_user "${file##*/}" "$file"; fi
  done
  for file in /etc/berth/tenants/*; do
    [ -f "$file" ] || continue
    slug=${file##*/}
    while :; do
      case $slug in *-*) slug=${slug%%-*}_${slug#*-} ;; *) break ;; esac
    done
    print_user "$TENANT_PREFIX$slug" "$file"
  done
}

# Both files are replaced whole, since PgBouncer may read them at any time.
write_files() {
  print_users >"$USERS.new"
  mv "$USERS.new" "$USERS"
  # A certificate may lack the end of its last line.
  for authority in /etc/berth/ca/*/ca.crt; do
    if [ -e "$authority" ]; then
      cat "$authority"
      echo
    fi
  done >"$AUTHORITIES.new"
  mv "$AUTHORITIES.new" "$AUTHORITIES"
}

# The kubelet changes the files of a volume by pointing one link elsewhere.
print_versions() {
  for link in /etc/pgbouncer/..data /etc/berth/roles/..data /etc/berth/tenants/..data /etc/berth/ca/*/..data; do
    readlink "$link" || :
  done
}

# count_files: how many PgBouncer may have open at once: a connection of each client, a pool for each user, which is of the default size
# or the database's own, and some of its own. The admin database has two users.
count_files() {
  awk -v users="$(wc -l <"$USERS")" '
    $1 == "max_client_conn" { clients = $3 }
    $1 == "default_pool_size" { pool = $3 }
    match($0, / pool_size=[0-9]+/) { own += substr($0, RSTART + 11, RLENGTH - 11) }
    END { print clients + users * pool + 2 * own + 32 }' /etc/pgbouncer/settings.ini /etc/pgbouncer/databases.ini
}

# Runtimes begin with a limit of 1,024 open files, of which PgBouncer would take each client too many for an error. It may be raised as
# far as the hard limit; when that is too low as well, it is better not to begin.
raise_limit() {
  limit=$(ulimit -Hn)
  ulimit -Sn "$limit"
  needed=$(count_files)
  if [ "$limit" != unlimited ] && [ "$limit" -lt "$needed" ]; then
    echo "given a limit of $limit open files, expected $needed or more for all clients and pools:" \
      'raise that of the container runtime (LimitNOFILE), or lower pgbouncer.maxClients' >&2
    exit 1
  fi
  echo "may open $limit files, and needs up to $needed"
}

read_version=$(print_versions)
write_files
raise_limit
: >"$ENDING"
pgbouncer /etc/pgbouncer/pgbouncer.ini &
pid=$!

# By now no Service routes to this pod, but clients with pools keep their connections. So first idle clients are disconnected: they
# reconnect to another replica at their next query. Then SIGINT, which lets transactions end and none begin. (SIGTERM would wait for the
# last client.)
# shellcheck disable=SC2329 # a trap calls it
end_pgbouncer() {
  trap '' TERM INT
  echo 'client_idle_timeout = 0.2' >"$ENDING"
  kill -HUP "$pid" 2>/dev/null || :
  sleep "$LEAVE_SECONDS"
  kill -INT "$pid" 2>/dev/null || :
  code=0
  wait "$pid" || code=$?
  exit "$code"
}
trap end_pgbouncer TERM INT

while kill -0 "$pid" 2>/dev/null; do
  sleep 5 &
  wait $! || :
  version=$(print_versions)
  [ "$version" != "$read_version" ] || continue
  read_version=$version
  write_files
  kill -HUP "$pid"
done
code=0
wait "$pid" || code=$?
echo "PgBouncer has ended by itself, with $code" >&2
exit 1
