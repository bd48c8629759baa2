-- Brings :role in line: it is there, and is as :login, :limit and :createdb say.
-- Only what differs is written.

-- Somebody else may be making it at this moment: when it cannot be made, what follows says whether it is there.
\set ON_ERROR_STOP off
select format('create role %I nologin', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec
\set ON_ERROR_STOP on

select format(
  'alter role %I %s connection limit %s %s nocreaterole', :'role',
  case when :'login'::boolean then 'login' else 'nologin' end, :'limit'::integer,
  case when :'createdb'::boolean then 'createdb' else 'nocreatedb' end)
where not exists (
  select from pg_roles where rolname = :'role' and not rolcreaterole
    and (rolcanlogin, rolconnlimit, rolcreatedb) = (:'login'::boolean, :'limit'::integer, :'createdb'::boolean)) \gexec
