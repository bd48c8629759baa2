-- The statement that makes a new, empty database of :owner with the encoding of another, which sorts as that one does. The columns differ
-- between versions.
select format('create database %I template template0 owner %I encoding %L lc_collate %L lc_ctype %L',
    :'scratch', :'owner', pg_encoding_to_char(encoding), datcollate, datctype)
  || case old ->> 'datlocprovider'
    when 'i' then format(' locale_provider icu icu_locale %L', coalesce(old ->> 'datlocale', old ->> 'daticulocale'))
      || coalesce(format(' icu_rules %L', old ->> 'daticurules'), '')
    when 'b' then format(' locale_provider builtin builtin_locale %L', old ->> 'datlocale')
    else ''
  end
from pg_database d, to_jsonb(d) old
where datname = :'database';
