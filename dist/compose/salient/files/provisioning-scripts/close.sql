-- :role gets in nowhere: it logs in no more, and the sessions that it has end.
select format('alter role %I nologin', :'role') where exists (select from pg_roles where rolname = :'role' and rolcanlogin) \gexec
select pg_terminate_backend(pid) from pg_stat_activity where usename = :'role';
