-- Ends the sessions in :database but our own, and waits until they are gone. Those of superusers, such as a provider's, are not ours to end.
\set VERBOSITY terse
select set_config('berth.database', :'database', false) \g /dev/null
do $$
declare
  ended int[] := array(
    select pid from pg_stat_activity join pg_roles r on r.oid = usesysid
    where datname = current_setting('berth.database') and pid <> pg_backend_pid() and not rolsuper);
  left_over text;
begin
  for attempt in 1..150 loop
    if attempt = 1 then perform pg_terminate_backend(pid) from unnest(ended) pid; end if;
    perform pg_sleep(0.2);
    perform pg_stat_clear_snapshot();
    select string_agg(format('%s of %s', application_name, usename), ', ') into left_over
    from pg_stat_activity where datname = current_setting('berth.database') and pid = any(ended);
    exit when left_over is null;
  end loop;
  if left_over is not null then
    raise exception 'sessions that do not end: %', left_over;
  end if;
end $$;
