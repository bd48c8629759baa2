-- Who owns a database; or, when its owner's rights are not ours any more, we: enough to try a restore.
select case when pg_has_role(datdba, 'member') then pg_get_userbyid(datdba) else current_user end from pg_database where datname = :'database';
