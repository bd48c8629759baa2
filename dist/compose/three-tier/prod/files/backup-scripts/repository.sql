-- Whoever comes second waits here for the first, and finds what it made.
select pg_catalog.pg_advisory_lock(pg_catalog.hashtext('the backup repository')) \g /dev/null
\! { timeout "${OPEN_SECONDS:-300}" restic cat config --no-lock || { timeout "${OPEN_SECONDS:-300}" restic init && : >"$NEW"; }; } >/dev/null 2>"$LOG"
