-- The row of an active tenant. It comes as data, since statements are logged; details of errors would show it, too.
\set VERBOSITY terse
create temporary table incoming (slug text, server text, database_name text, connection_string text, display_name text);
\copy incoming from pstdin with (format csv, delimiter E'\t', quote E'\x01', null E'\x02')
with known as (
  update public.tenant_registry registry
  set (server, database_name, connection_string, display_name, is_active, updated_at) =
    (incoming.server, incoming.database_name, incoming.connection_string, incoming.display_name, true, now())
  from incoming where registry.slug = incoming.slug
  returning registry.slug
)
insert into public.tenant_registry
  (tenant_id, slug, server, database_name, connection_string, display_name, is_active, created_at, updated_at)
select gen_random_uuid(), slug, server, database_name, connection_string, display_name, true, now(), now()
from incoming where not exists (select from known);
