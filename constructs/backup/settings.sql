-- Gives a new database the settings of the one that we are in: this session has them, so that no value needs to be quoted.
-- The session's search path is the database's own, too.
select pg_catalog.format('alter database %I set %I from current', :'scratch', pg_catalog.split_part(setting, '=', 1))
from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase, pg_catalog.unnest(setconfig) setting
where datname = pg_catalog.current_database() and setrole = 0 \gexec
