-- The roles of a manifest that the server has not.
\set manifest `cat "$MANIFEST"`
select name
from regexp_split_to_table(:'manifest', '\n') line, lateral (select substr(line, 6)::json #>> '{}' as name where line like 'role %') role
where not exists (select from pg_roles where rolname = name);
