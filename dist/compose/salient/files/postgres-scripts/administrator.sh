#!/bin/bash
# Runs beside the server at each of its starts: makes the role that makes roles and databases, which is no superuser, as on a managed
# server, and gives it and the superuser the passwords of the Secret. The databases that every server has are closed: who may enter one
# could hold locks there that others wait for. That role alone lets others in. The pod is ready when this is done.
set -euo pipefail

# Line breaks at the end are no part of a value, as everywhere: see passwords.sh.
for name in POSTGRES_PASSWORD POSTGRES_ADMIN_USER POSTGRES_ADMIN_PASSWORD; do
  export "$name=$(printf %s "${!name}")"
done

# The server that only prepares the first start listens on the socket, too; what is cut off by its end is done again.
prepare_server() {
  psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -h /var/run/postgresql -U "$POSTGRES_USER" -d postgres <<'SQL'
\getenv superuser POSTGRES_USER
\getenv superuser_password POSTGRES_PASSWORD
\getenv name POSTGRES_ADMIN_USER
\getenv password POSTGRES_ADMIN_PASSWORD
begin;
-- Passwords belong in no log.
set local log_statement = 'none';
set local log_min_error_statement = 'panic';
set local log_min_duration_statement = -1;
select format('create role %I', :'name') where not exists (select from pg_roles where rolname = :'name') \gexec
alter role :"name" with login createdb createrole nosuperuser password :'password';
alter role :"superuser" password :'superuser_password';
revoke connect, temporary on database postgres, template1 from public;
grant connect on database postgres to :"name" with grant option;
commit;
SQL
}

until pg_isready -q -h /var/run/postgresql && prepare_server; do
  # A restart would only begin a recovery anew.
  ((SECONDS < 600)) || exit 1
  sleep 1
done
