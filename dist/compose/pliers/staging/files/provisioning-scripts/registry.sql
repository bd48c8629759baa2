-- The registry of tenants, and who does what in :database. It is the owner's, so that migrations may change it: of a table that is
-- there only these columns are ours, and those that it lacks are added.
-- Only what differs is written.
select 'create table public.tenant_registry (tenant_id uuid primary key default gen_random_uuid(), slug text not null unique)'
where to_regclass('public.tenant_registry') is null \gexec

select format('alter table public.tenant_registry add column %I %s', name, definition)
from (values
  (1, 'tenant_id', 'uuid not null default gen_random_uuid()'),
  (2, 'slug', 'text unique'),
  (3, 'display_name', 'text'),
  (4, 'server', 'text'),
  (5, 'database_name', 'text'),
  (6, 'connection_string', 'text'),
  (7, 'is_active', 'boolean not null default false'),
  (8, 'created_at', 'timestamptz not null default now()'),
  (9, 'updated_at', 'timestamptz not null default now()')
) wanted (place, name, definition)
where not exists (
  select from pg_attribute where attrelid = 'public.tenant_registry'::regclass and attname = name and not attisdropped)
order by place \gexec

select format('grant connect on database %I to %I', :'database', role) from unnest(array[:'reader', :'writer']) role
where not has_database_privilege(role, :'database', 'connect') \gexec

select format('grant usage on schema public to %I', role) from unnest(array[:'reader', :'writer']) role
where not has_schema_privilege(role, 'public', 'usage') \gexec

select format('grant select on public.tenant_registry to %I', :'reader')
where not has_table_privilege(:'reader', 'public.tenant_registry', 'select') \gexec

-- All tables that the owner has, and all that it will have.
select format('grant select, insert, update, delete on %s to %I', oid::regclass, :'writer') from pg_class
where relnamespace = 'public'::regnamespace and relowner = current_user::regrole and relkind in ('r', 'p', 'v', 'm', 'f')
  and not (select bool_and(has_table_privilege(:'writer', oid, privilege)) from unnest(array['select', 'insert', 'update', 'delete']) privilege) \gexec
select format('grant usage, select, update on sequence %s to %I', oid::regclass, :'writer') from pg_class
where relnamespace = 'public'::regnamespace and relowner = current_user::regrole and relkind = 'S'
  and not (select bool_and(has_sequence_privilege(:'writer', oid, privilege)) from unnest(array['usage', 'select', 'update']) privilege) \gexec
select format('alter default privileges in schema public grant %s to %I', privileges, :'writer')
from (values ('r', 4, 'select, insert, update, delete on tables'), ('S', 3, 'usage, select, update on sequences')) wanted (kind, number, privileges)
where number > (
  select count(*) from pg_default_acl, aclexplode(defaclacl)
  where defaclrole = current_user::regrole and defaclnamespace = 'public'::regnamespace and defaclobjtype = kind::"char"
    and grantee = (select oid from pg_roles where rolname = :'writer')
    and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')) \gexec
