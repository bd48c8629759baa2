-- What the tenants' roles and databases are like: a record each, which provisioning compares with what it wants.
select rolname, rolcanlogin, rolconnlimit,
  not (rolcreatedb or rolcreaterole) and pg_has_role(:'backup', r.oid, 'usage') and pg_has_role(r.oid, 'usage'),
  pg_get_userbyid(datdba), not has_database_privilege('public', d.oid, 'connect, temporary')
from pg_roles r left join pg_database d on datname = rolname
where starts_with(rolname, :'prefix');
