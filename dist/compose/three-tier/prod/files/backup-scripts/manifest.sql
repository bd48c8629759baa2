-- What is good to know of a dump; a restore needs the roles that it gives rights to.
select 'database ' || to_json(datname)::text from pg_database where datname = current_database();
select 'owner ' || to_json(pg_get_userbyid(datdba))::text from pg_database where datname = current_database();
select 'postgres ' || current_setting('server_version');
select distinct 'role ' || to_json(rolname)::text
from pg_shdepend join pg_roles on pg_roles.oid = refobjid
where dbid = (select oid from pg_database where datname = current_database())
  and refclassid = 'pg_authid'::regclass and deptype in ('a', 'r') and rolname !~ '^pg_'
order by 1;
