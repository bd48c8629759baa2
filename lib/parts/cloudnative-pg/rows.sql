-- The number of rows of each table, so that each row is read.
select format('select count(*) from only %I.%I', nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'r' and relpersistence = 'p' and nspname <> 'information_schema' and nspname !~ '^pg_'
order by nspname, relname \gexec
