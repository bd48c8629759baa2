-- A new database, made by :creation, that :restore may load a dump into.
:creation;
revoke all on database :"scratch" from public;
grant connect, create, temporary on database :"scratch" to :"restore";
\connect :"scratch"
-- Before PostgreSQL 15 it is a superuser's, and everybody may make things in it.
select format('alter schema public owner to %I', :'restore') from pg_namespace where nspname = 'public' and pg_has_role(nspowner, 'usage') \gexec
