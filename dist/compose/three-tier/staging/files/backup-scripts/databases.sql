-- The databases of a server: "dump", or why not, and the name.
select case
    when not datallowconn then 'it accepts no connections'
    when rolsuper and not has_database_privilege(d.oid, 'connect') then 'it belongs to a superuser, who lets nobody in'
    else 'dump'
  end, datname
from pg_database d left join pg_roles on pg_roles.oid = datdba
where not datistemplate
  and datname !~ '^(drill|restore|removal)_[0-9]{10}_[0-9a-f]{8}$'
  -- The one that we are in is every server's own: it counts when somebody has put something there.
  and (datname <> current_database() or exists (
    select from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'm') and nspname !~ '^pg_' and nspname <> 'information_schema'
      and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
  ))
order by datname;
