-- The databases that each server has from the start are open to everybody, who could hold locks there that others wait for. Where they are
-- ours to close, only who dumps and restores gets in: the list of all roles is read there.
select format('grant connect on database %I to %I', datname, rolname) from pg_database d, pg_roles r
where datname = 'postgres' and rolname in (:'backup', :'restore')
  and (pg_has_role(datdba, 'usage') or has_database_privilege(d.oid, 'connect with grant option'))
  and not exists (select from aclexplode(datacl) where grantee = r.oid and privilege_type = 'CONNECT') \gexec
select format('revoke connect, temporary on database %I from public', datname) from pg_database
where datname in ('postgres', 'template1') and pg_has_role(datdba, 'usage') and has_database_privilege('public', oid, 'connect, temporary') \gexec

-- Who restores takes over what :restore has loaded.
select format('grant %I to %I', :'restore', member) from unnest(array[current_user, :'backup']) member
where not pg_has_role(member, :'restore', 'usage') \gexec
