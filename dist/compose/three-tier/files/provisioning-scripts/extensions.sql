-- Those of :extensions that the database lacks, in "public" unless they have schemas of their own.
set search_path = public;
select format('create extension if not exists %I cascade', name) from unnest(string_to_array(:'extensions', ' ')) name
where not exists (select from pg_extension where extname = name) \gexec
