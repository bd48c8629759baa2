-- What was loaded becomes :owner's, and who loaded it gets in no more. Schemas first, since an owner has to have a place in them.
select format('alter schema %I owner to %I', nspname, case when nspname = 'public' then 'pg_database_owner' else :'owner' end)
from pg_namespace where nspowner = :'restore'::regrole \gexec
reassign owned by :"restore" to :"owner";
select format('revoke all on database %I from %I', current_database(), :'restore') \gexec
