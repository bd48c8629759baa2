-- A line for each table that holds something. What migrations leave in an empty database does not count.
select format('select %L where exists (select from only %I.%I)', relname, nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'r' and relpersistence <> 't' and relname <> 'alembic_version' and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e') \gexec
select 'large objects' where exists (select from pg_largeobject_metadata);
