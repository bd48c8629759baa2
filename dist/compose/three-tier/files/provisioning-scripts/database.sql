-- Brings :database in line: it is there, :role owns it, :backup may act for that role, and nobody else gets in.
-- Only what differs is written.

-- Who makes a role may grant it and no more; to make a database for it and to close it takes membership.
select format('grant %I to %I', :'role', member) from unnest(array[current_user, :'backup']) member
where not pg_has_role(member, :'role', 'usage') \gexec

-- From template0, which nobody is connected to. See role.sql for the errors.
\set ON_ERROR_STOP off
select format('create database %I owner %I template template0 encoding ''UTF8''', :'database', :'role')
where not exists (select from pg_database where datname = :'database') \gexec
\set ON_ERROR_STOP on

-- What an interrupted drop leaves can only be dropped.
select format('do $$ begin raise exception using message = %L; end $$', 'database ' || datname || ' was dropped in part: drop it, then run this again')
from pg_database where datname = :'database' and datconnlimit = -2 \gexec

select format('alter database %I owner to %I', :'database', :'role')
where not exists (select from pg_database where datname = :'database' and datdba = :'role'::regrole) \gexec

\ir private.sql
