-- Run in the database that is sealed: this session stays, all others end, and no new one begins. What it reads then is the last state.
\! PGDATABASE=$MAINTENANCE psql -Xqw -v database="$FROM" -f "$SCRIPTS/disallow.sql"
\o /dev/null
\ir end-sessions.sql
select pg_sleep(1);
\ir end-sessions.sql
\set VERBOSITY terse
do $$
begin
  if (select datallowconn from pg_database where datname = current_database()) then
    raise exception 'connections could not be disallowed';
  elsif exists (select from pg_stat_activity join pg_roles r on r.oid = usesysid
    where datname = current_database() and pid <> pg_backend_pid() and not rolsuper) then
    raise exception 'a session has come in at the last moment';
  end if;
end $$;
\o
begin isolation level repeatable read read only;
\ir facts.sql
commit;
