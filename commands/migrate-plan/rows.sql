-- The tables that hold rows. Those that migrations and provisioning write by themselves do not count.
select format('select %L where exists (select from only %I.%I)', format('%I.%I', nspname, relname), nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'r' and relpersistence <> 't' and relname not in ('alembic_version', 'tenant_registry')
  and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
order by nspname, relname \gexec
select 'large objects' where exists (select from pg_largeobject_metadata);
