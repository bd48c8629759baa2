-- A new, empty database of :owner with the encoding of another, which sorts as that one does. The columns differ between versions.
select format('create database %I template template0 owner %I encoding %L lc_collate %L lc_ctype %L',
    :'scratch', :'owner', pg_encoding_to_char(encoding), datcollate, datctype)
  || case old ->> 'datlocprovider'
    when 'i' then format(' locale_provider icu icu_locale %L', coalesce(old ->> 'datlocale', old ->> 'daticulocale'))
      || coalesce(format(' icu_rules %L', old ->> 'daticurules'), '')
    when 'b' then format(' locale_provider builtin builtin_locale %L', old ->> 'datlocale')
    else ''
  end
from pg_database d, to_jsonb(d) old
where datname = :'database' \gexec
revoke all on database :"scratch" from public;
grant connect, create, temporary on database :"scratch" to :"restore";
\connect :"scratch"
-- Before PostgreSQL 15 it is a superuser's, and everybody may make things in it.
select format('alter schema public owner to %I', :'restore') from pg_namespace where nspname = 'public' and pg_has_role(nspowner, 'usage') \gexec
