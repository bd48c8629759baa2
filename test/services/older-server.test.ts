import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Image, type Lab, openLab, type Pod } from './lab';
import { IMAGES } from './lab/images';
import { ask, NAMESPACE, shopObjects, startStore, succeed } from './shop';

// Clients that are newer than the server: pg_dump 17 and a server 15.

/** psql as it was before it knew \restrict, where the variable OLD_PSQL is set. */
const OLD_PSQL = String.raw`#!/bin/bash
[[ -n ${'${'}OLD_PSQL-} ]] || exec /usr/bin/psql "$@"
case "$*" in
  --help=commands) /usr/bin/psql "$@" | grep -v restrict ;;
  *'-f -'*) sed -E 's/^\\(un)?restrict .*/\\unknown/' | /usr/bin/psql "$@" ;;
  *) exec /usr/bin/psql "$@" ;;
esac
`;
const folder = mkdtempSync(join(tmpdir(), 'berth-psql-'));

let lab: Lab;
let server: Pod;

beforeAll(async () => {
  const psql = join(folder, 'psql');
  writeFileSync(psql, OLD_PSQL, { mode: 0o755 });
  chmodSync(folder, 0o755);
  const { files } = IMAGES.postgres as Image;
  const objects = shopObjects({
    server: { image: 'example.test/postgres-15', tag: '15-alpine' },
    init: `create table if not exists notes (id int primary key, text text check (text <> ''), at timestamptz default now());
      grant select on notes to shop_backup with grant option;`,
  });
  lab = await openLab(objects, { postgres: { ...IMAGES.postgres, files: { ...files, '/usr/local/bin/psql': psql } } });
  await startStore(lab);
  server = await lab.start(NAMESPACE, 'postgres');
  await succeed(lab, 'provisioning');
  // Rows that look like what stands at the head of a dump.
  const row = String.raw`E'\\restrict ' || i || E'\n\\unrestrict SET transaction_timeout = 0;'`;
  await ask(server, `insert into notes select i, ${row} from generate_series(1, 100) i`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a server 15 is dumped by pg_dump 17, and takes its dumps: in the drill, and in a restore', async () => {
  expect(await ask(server, "select current_setting('server_version_num')::int / 10000")).toBe('15');
  await succeed(lab, 'backup');
  expect(await succeed(lab, 'restore-drill')).toMatch(/1 of 1 databases came back/);
  const before = await ask(server, 'select * from notes order by id');
  const rights = await ask(server, '\\dp notes');
  await ask(server, "update notes set text = 'After'");
  await succeed(lab, 'restore', { TENANT: 'admin' });
  expect(await ask(server, 'select * from notes order by id')).toBe(before);
  expect(await ask(server, '\\dp notes')).toBe(rights);
});

test('a psql that does not know \\restrict takes the same dumps', async () => {
  // A dump without rights, too: what pg_restore makes of them has a head and an end alone.
  await ask(server, 'revoke all on notes from shop, shop_backup; alter table notes owner to shop');
  await ask(server, "update pg_class set relacl = null where relname = 'notes'");
  await succeed(lab, 'backup');
  expect(await succeed(lab, 'restore-drill', { OLD_PSQL: 'yes' })).toMatch(/1 of 1 databases came back/);
});
