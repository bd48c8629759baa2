-- One state of the database, in an archive and as facts. It lasts as long as this transaction.
begin isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump --snapshot="$SNAPSHOT" --format=custom --no-tablespaces --no-publications --no-subscriptions --no-security-labels --file="$ARCHIVE.part" && mv "$ARCHIVE.part" "$ARCHIVE"
\ir facts.sql
commit;
