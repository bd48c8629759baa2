-- One run at a time. Its session holds the lock until it ends.
set lock_timeout = :'wait';
set statement_timeout = 0;
select pg_try_advisory_lock(hashtextextended('berth.dev/provisioning', 0)) as free \gset
\if :free
\else
  select 'waiting';
  select pg_advisory_lock(hashtextextended('berth.dev/provisioning', 0)) as waited \gset
\endif
select 'held';
