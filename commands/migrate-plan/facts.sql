-- What a database holds: a name, a tab, a value. Rows are compared by the sum of their hashes, which does not depend on their order. Texts of
-- values depend on these settings, and so they are the same on both sides. What extensions make is theirs.
\pset fieldsep '\t'
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set extra_float_digits = 1;
set bytea_output = 'hex';
set timezone = 'UTC';
set lc_monetary = 'C';
set xmlbinary = 'base64';
set search_path = '';

select format($$select %L, count(*) || ' rows, checksum ' || coalesce(sum(hashtextextended((berth.*)::text, 0)), 0) from only %I.%I berth$$,
  'table ' || to_json(format('%I.%I', nspname, relname))::text, nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'r' and relpersistence <> 't' and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
order by nspname, relname \gexec

select format($$select %L, last_value || case when is_called then ' taken' else ' next' end from %I.%I$$,
  'sequence ' || to_json(format('%I.%I', nspname, relname))::text, nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'S' and relpersistence <> 't' and nspname !~ '^pg_'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
order by nspname, relname \gexec

-- Large objects, in pieces of 4 MiB.
with recursive piece as (
  select oid, 0::bigint as place, lo_get(oid, 0, 4194304) as data from pg_largeobject_metadata
  union all
  select oid, place + 4194304, lo_get(oid, place + 4194304, 4194304) from piece where length(data) = 4194304
)
select 'large objects', count(distinct oid) || ', checksum '
  || coalesce(sum(hashtextextended(oid || ' ' || place || ' ' || encode(data, 'base64'), 0)), 0)
from piece;

-- Definitions by their names and kinds: servers of other versions print their texts differently.
select 'column ' || to_json(format('%I.%I.%I', nspname, relname, attname))::text,
  concat_ws(', ', format_type(atttypid, atttypmod), case when attnotnull then 'not null' end, case when atthasdef then 'default' end,
    'identity ' || nullif(attidentity::text, ''), 'generated ' || nullif(attgenerated::text, ''))
from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v', 'm', 'f', 'c') and relpersistence <> 't'
  and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
order by 1;

with own as (
  select c.oid, format('%I.%I', nspname, relname) as name, relkind, relrowsecurity, relforcerowsecurity, relpersistence
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where relpersistence <> 't' and nspname !~ '^pg_' and nspname <> 'information_schema'
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
)
select 'relation ' || to_json(name)::text, concat_ws(', ', relkind::text, relpersistence::text,
  case when relrowsecurity then 'row security' end, case when relforcerowsecurity then 'forced' end)
from own where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
union all
select 'index ' || to_json(name)::text, concat_ws(', ', case when indisunique then 'unique' end, case when indisvalid then 'valid' end)
from own join pg_index on indexrelid = oid
union all
select 'constraint ' || to_json(name || '.' || quote_ident(conname))::text, contype::text || case when convalidated then ', valid' else '' end
from own join pg_constraint on conrelid = own.oid where contype <> 'n'
union all
select 'trigger ' || to_json(name || '.' || quote_ident(tgname))::text, tgenabled::text
from own join pg_trigger on tgrelid = own.oid where not tgisinternal
union all
select 'policy ' || to_json(name || '.' || quote_ident(polname))::text, polcmd::text from own join pg_policy on polrelid = own.oid
union all
select format('grant on %s to %s', to_json(name)::text, case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end),
  string_agg(privilege_type, ' ' order by privilege_type)
from own join pg_class c using (oid), aclexplode(relacl)
where grantee <> relowner and privilege_type <> 'MAINTAIN'
group by name, grantee
order by 1;

select 'function ' || to_json(format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid)))::text, prokind::text
from pg_proc p join pg_namespace n on n.oid = pronamespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
union all
select 'type ' || to_json(format('%I.%I', nspname, typname))::text,
  concat_ws(' ', typtype::text, (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid))
from pg_type t join pg_namespace n on n.oid = typnamespace
where typtype in ('e', 'd', 'r', 'm') and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = t.oid and deptype = 'e')
union all
select 'extension ' || to_json(extname)::text, 'installed' from pg_extension
where extname <> 'plpgsql'
order by 1;
