-- The application does not lead anybody to a tenant whose row is inactive.
update public.tenant_registry set is_active = false, updated_at = now() where slug = :'slug' and is_active;
