-- The registry as it stands: where each tenant is, and whether its row has changed in the :age microseconds of this run.
select slug, coalesce(server, :'main'), is_active,
  coalesce(updated_at >= now() - :age * interval '1 microsecond', false),
  server, database_name, connection_string, display_name
from public.tenant_registry where slug ~ '^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$';
