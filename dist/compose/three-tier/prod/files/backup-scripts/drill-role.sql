-- On the server for drills: :role, which :backup may act for.
select format('create role %I nologin', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec
select format('grant %I to %I', :'role', :'backup') where not pg_has_role(:'backup', :'role', 'usage') \gexec
