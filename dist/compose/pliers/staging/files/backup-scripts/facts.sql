-- What a database holds, and a restore of it has to hold: a name, a tab, a value. Names are JSON, since one may end its line.
-- Tables of extensions are left out: the extension makes them.
\pset fieldsep '\t'
select format('select %L, count(*) from only %I.%I', 'rows of ' || to_json(nspname)::text || '.' || to_json(relname)::text, nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'r' and relpersistence <> 't' and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
order by nspname, relname \gexec

select format('select %L, array_to_json(array_agg(version_num order by version_num)) from %I.alembic_version',
  'migrations in ' || to_json(nspname)::text, nspname)
from pg_class c join pg_namespace n on n.oid = relnamespace join pg_attribute a on attrelid = c.oid and attname = 'version_num'
where relname = 'alembic_version' and relkind = 'r' and relpersistence <> 't'
  -- Another type may bring functions of its own.
  and atttypid in ('text'::regtype, 'varchar'::regtype) \gexec

select 'large objects', count(*) from pg_largeobject_metadata;
