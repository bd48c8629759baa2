-- Who is connected to a database.
select format('session of %s, %s', usename, application_name) from pg_stat_activity where datname = :'database' and usesysid is not null;
