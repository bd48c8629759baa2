-- The newest snapshot of each file, from what restic says in JSON: path, id, time in seconds, bytes, and whether it is a last dump.
\pset fieldsep '\t'
\set snapshots `cat "$SNAPSHOTS"`
select distinct on (paths ->> 0) paths ->> 0, id, extract(epoch from time)::bigint,
  coalesce((summary ->> 'total_bytes_processed')::bigint, 0), coalesce(tags ? 'final', false)
from jsonb_to_recordset(:'snapshots') snapshot (time timestamptz, paths jsonb, id text, tags jsonb, summary jsonb)
order by paths ->> 0, time desc;
