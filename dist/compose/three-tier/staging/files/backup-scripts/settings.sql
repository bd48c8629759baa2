-- Gives a new database the settings of another, as the catalog has them. A setting that is a list goes through the session, which
-- quotes each of its words; nothing else does, since a session with somebody's time-outs may end before it is through.
select case
    when name in ('local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces') then
      pg_catalog.format('do %L', pg_catalog.format(
        'begin perform pg_catalog.set_config(%L, %L, true); alter database %I set %I from current; end', name, value, :'scratch', name))
    else pg_catalog.format('alter database %I set %I to %L', :'scratch', name, value)
  end
from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase, pg_catalog.unnest(setconfig) setting,
  lateral (select pg_catalog.split_part(setting, '=', 1) as name, pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) as value) parts
where datname = :'database' and setrole = 0 \gexec
