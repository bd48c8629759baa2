-- What would write to a closed database all the same.
select format('the role %I has a setting default_transaction_read_only of its own: alter role … reset it', rolname)
from pg_db_role_setting join pg_roles on pg_roles.oid = setrole, unnest(setconfig) setting
where setting ~ '^default_transaction_read_only=' and setdatabase in (0, (select oid from pg_database where datname = :'database'))
union all
select format('the prepared transaction %L: commit it or roll it back', gid) from pg_prepared_xacts where database = :'database'
union all
select format('the session of the role %I cannot be ended: end the program %L', usename, application_name)
from pg_stat_activity join pg_roles r on r.oid = usesysid
where datname = :'database' and not rolsuper
  and not (pg_has_role(usesysid, 'member') or pg_has_role('pg_signal_backend', 'member'));
