-- The databases that each server has from the start are open to everybody. Where they are ours to close, only who dumps gets in:
-- the list of all roles is read there.
select format('grant connect on database %I to %I', datname, :'backup') from pg_database
where datname = 'postgres' and pg_has_role(datdba, 'usage') and not has_database_privilege(:'backup', datname, 'connect') \gexec
select format('revoke connect on database %I from public', datname) from pg_database
where datname in ('postgres', 'template1') and pg_has_role(datdba, 'usage') and has_database_privilege('public', datname, 'connect') \gexec
