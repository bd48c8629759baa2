-- Drops the scratch databases of a task that are older than ten minutes. One that is in use has a session in it, and stays.
select format('drop database %I', datname)
from pg_database
where datname ~ ('^' || :'task' || '_[0-9]{10}_[0-9a-f]{8}$') and split_part(datname, '_', 2)::bigint < extract(epoch from now()) - 600
  and not exists (select from pg_stat_activity session where session.datname = pg_database.datname) \gexec
