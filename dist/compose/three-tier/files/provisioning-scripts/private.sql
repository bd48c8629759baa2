-- Nobody gets into :database but its owner and those whom the owner lets in, such as :backup, who dumps it whatever becomes of the owner.
select format('revoke connect, temporary on database %I from public', :'database')
where has_database_privilege('public', :'database', 'connect, temporary') \gexec

-- Who may not revoke is told so by a warning alone.
select format('do $$ begin raise exception using message = %L; end $$',
  format('%s may not close database %s, which everybody may enter', current_user, :'database'))
where has_database_privilege('public', :'database', 'connect, temporary') \gexec

select format('grant connect on database %I to %I', :'database', :'backup')
where not has_database_privilege(:'backup', :'database', 'connect') \gexec
