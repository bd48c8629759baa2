-- The databases that each server has from the start are open to everybody. Where they are ours to close, only who dumps and
-- restores gets in: the list of all roles is read there.
select format('grant connect on database %I to %I', datname, role) from pg_database, unnest(array[:'backup', :'restore']) role
where datname = 'postgres' and pg_has_role(datdba, 'usage') and not has_database_privilege(role, datname, 'connect') \gexec
select format('revoke connect on database %I from public', datname) from pg_database
where datname in ('postgres', 'template1') and pg_has_role(datdba, 'usage') and has_database_privilege('public', datname, 'connect') \gexec

-- Who restores takes over what :restore has loaded.
select format('grant %I to %I', :'restore', member) from unnest(array[current_user, :'backup']) member
where not pg_has_role(member, :'restore', 'usage') \gexec
