-- Ends the sessions in a database, those of roles that we are a member of.
select pg_terminate_backend(pid)
from pg_stat_activity
where datname = :'database' and pid <> pg_backend_pid() and pg_has_role(usesysid, 'member');
