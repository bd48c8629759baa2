-- What a copy of this database leaves behind, a line each.
select 'the event trigger ' || quote_ident(evtname) || ': a superuser makes it' from pg_event_trigger
union all
select 'the publication ' || quote_ident(pubname) from pg_publication
union all
select 'the replication slot ' || slot_name from pg_replication_slots where database = current_database()
union all
select 'the setting ' || split_part(setting, '=', 1) || coalesce(' of the role ' || quote_ident(rolname), '')
  || ': set it on the target by alter ' || case when setdatabase = 0 then 'role' else 'database' end
from pg_db_role_setting left join pg_roles on pg_roles.oid = setrole, unnest(setconfig) setting
where (setdatabase = (select oid from pg_database where datname = current_database())
    or setdatabase = 0 and exists (select from pg_shdepend where refobjid = setrole
      and dbid = (select oid from pg_database where datname = current_database())))
  and setting not like 'default_transaction_read_only=%'
union all
select format('the owner %I of %s objects: the owner of the target database gets them', rolname, count(*))
from pg_shdepend join pg_roles on pg_roles.oid = refobjid
where dbid = (select oid from pg_database where datname = current_database()) and deptype = 'o'
  and refclassid = 'pg_authid'::regclass
  and refobjid <> (select datdba from pg_database where datname = current_database()) and rolname !~ '^pg_'
group by rolname
union all
select format('the mapping of %I on the server %I: its password is not readable', usename, srvname) from pg_user_mappings
union all
select format('the tablespace of %s: the default one of the target is used', c.oid::regclass)
from pg_class c where reltablespace <> 0 and relkind in ('r', 'm', 'i')
  and relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
union all
select format('rows of the foreign table %s: they are where its server is', ftrelid::regclass) from pg_foreign_table
union all
select 'the state of the materialized view ' || oid::regclass || ': it is computed again, and not compared' from pg_class
where relkind = 'm' and relispopulated
union all
select format('tables of the extension %I: its data is not compared', extname) from pg_extension where extconfig is not null
union all
select 'passwords of roles: those of the target come from its own secrets';
