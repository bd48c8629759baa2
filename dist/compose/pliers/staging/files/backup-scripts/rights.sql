-- Gives a new database the rights and the connection limit of the one that we are in.
select format('revoke all on database %I from public, %I', :'scratch', pg_get_userbyid(datdba)),
  format('alter database %I connection limit %s', :'scratch', datconnlimit)
from pg_database where datname = current_database() \gexec

select format('grant %s on database %I to %s%s', privilege_type, :'scratch',
  case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
  case when is_grantable then ' with grant option' else '' end)
from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
where datname = current_database() \gexec
