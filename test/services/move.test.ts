import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Lab, openLab, type Pod } from './lab';

// A database moves from a server 15, whose plain owner has no other rights, to a server 17, while it is written.

const SCRIPTS = join(__dirname, '../../commands/migrate-plan');
const SHELL = join(__dirname, '../../lib/parts/shell');
const PASSWORD = 'p@ss word%';

let lab: Lab;
let source: Pod;
let target: Pod;
let machine: Pod;

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** SQL as the superuser of a server. */
async function ask(pod: Pod, sql: string, database = 'postgres'): Promise<string> {
  const { code, stdout, stderr } = await pod.exec(
    ['psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-h', '/tmp', database],
    { stdin: sql },
  );
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Runs a command of the scripts, as a person does on a machine. */
async function move(command: string, env: Readonly<Record<string, string>> = {}) {
  const all = {
    SOURCE_URL: `postgresql://salient:${encodeURIComponent(PASSWORD)}@source.test:5432/shop?sslmode=disable`,
    TARGET_URL: `postgresql://mover:${encodeURIComponent(PASSWORD)}@target.test:5432?sslmode=disable`,
    MOVE_FOLDER: '/tmp/move',
    ...env,
  };
  const pairs = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  const { code, stdout, stderr } = await machine.exec([
    'env',
    ...pairs,
    'bash',
    '/berth/commands/migrate-plan/move.sh',
    command,
  ]);
  return { code, log: stdout + stderr };
}

async function moved(command: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { code, log } = await move(command, env);
  if (code !== 0) throw new Error(log);
  return log;
}

async function refused(command: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { code, log } = await move(command, env);
  if (code !== 1) throw new Error(`${code}: ${log}`);
  return log;
}

const server = (name: string, image: string) =>
  lab.daemon(name, {
    image,
    user: 70,
    args: ['-c', 'unix_socket_directories=/tmp', '-c', 'fsync=off', '-c', 'max_prepared_transactions=5'],
    env: { POSTGRES_PASSWORD: 'superuser', PGDATA: '/data/pg', PGHOST: '/tmp' },
    folders: { '/data': lab.folder(name, 70) },
    port: 5432,
    hosts: [`${name}.test`],
  });

/** A new database on both servers, with its owners. */
async function database(name: string, owner = `${name}_owner`): Promise<void> {
  await ask(source, `create database ${name} owner salient`);
  await ask(target, `create role ${owner} nologin; grant ${owner} to mover;`);
  await ask(target, `create database ${name} owner ${owner}`);
}

/** Writes numbered rows as fast as it can, and remembers those that were acknowledged. */
class Writer {
  static readonly all: Writer[] = [];
  readonly acknowledged: string[] = [];
  readonly refusals = new Set<string>();
  private stopped = false;
  private readonly ended: Promise<void>;

  constructor(
    private readonly name: string,
    private readonly settings: ConstructorParameters<typeof Client>[0],
    private readonly begin = 'begin',
  ) {
    this.ended = this.run();
    Writer.all.push(this);
  }

  private async run(): Promise<void> {
    let client: Client | undefined;
    while (!this.stopped) {
      try {
        if (client === undefined) {
          client = new Client(this.settings);
          client.on('error', () => undefined);
          await client.connect();
        }
        await client.query(this.begin);
        const { rows } = await client.query(
          "insert into orders (by, price) values ($1, random()) returning by || ' ' || id as key",
          [this.name],
        );
        await client.query('commit');
        this.acknowledged.push(rows[0].key);
      } catch (error) {
        this.refusals.add((error as Error).message);
        await client?.end().catch(() => undefined);
        client = undefined;
        await pause(0.02);
      }
    }
    await client?.end().catch(() => undefined);
  }

  stop(): Promise<void> {
    this.stopped = true;
    return this.ended;
  }
}

const SCHEMA = `
  create extension hstore;
  create schema own;
  create type mood as enum ('calm', 'busy');
  create table orders (id bigint generated always as identity primary key, by text not null, price double precision, at timestamptz default now(),
    doubled double precision generated always as (price * 2) stored);
  create table parts (id int, k text, v numeric, primary key (id, k)) partition by list (k);
  create table parts_a partition of parts for values in ('a');
  create table parts_rest partition of parts default;
  create table own.things (id serial primary key, mood mood, tags hstore, bits bytea, span interval, cash money, doc jsonb, x xml, berth regclass);
  create unlogged table seen (id int);
  insert into own.things (mood, tags, bits, span, cash, doc, x, berth)
    select 'busy', 'a=>1', '\\x00ff', '1 mon 2 days', 12.5, '{"a": null}', '<a/>', 'own.things' from generate_series(1, 500);
  insert into parts select i, case when i % 2 = 0 then 'a' else 'z' end, i / 7.0 from generate_series(1, 2000) i;
  insert into seen values (1);
  create view dear as select * from orders where price > 0.9;
  create materialized view counted as select count(*) from parts;
  create function twice(i int) returns int language sql as 'select i * 2';
  create function stamp() returns trigger language plpgsql as 'begin new.at := now(); return new; end';
  create trigger stamped before insert on orders for each row execute function stamp();
  alter table own.things enable row level security;
  create policy everything on own.things using (true);
  select lo_from_bytea(0, decode(repeat('ab', 5000000), 'hex'));
  select setval('own.things_id_seq', 700);
  grant select on orders to reader;
  grant select on orders to absent with grant option;
`;

beforeAll(async () => {
  lab = await openLab([]);
  const folder = lab.folder('berth');
  for (const [from, to] of [
    [SCRIPTS, 'commands/migrate-plan'],
    [SHELL, 'lib/parts/shell'],
  ] as const) {
    mkdirSync(join(folder, to), { recursive: true });
    for (const file of readdirSync(from).filter((name) => /\.(sh|sql)$/.test(name)))
      copyFileSync(join(from, file), join(folder, to, file));
  }
  [source, target] = await Promise.all([server('source', 'postgres-15'), server('target', 'postgres')]);
  machine = await lab.daemon('machine', {
    image: 'postgres',
    command: ['sleep', 'infinity'],
    user: 70,
    folders: { '/berth': folder },
  });
  await ask(source, `create role salient login password '${PASSWORD}'; create role reader; create role absent;`);
  await ask(target, `create role mover login password '${PASSWORD}'; create role reader;`);
});

/** How clients reach a database. */
const client = (pod: 'source' | 'target', name: string, user: string) => ({
  host: lab.address(`${pod}.test`),
  database: name,
  user,
  password: PASSWORD,
});

/** What is on the target of what writers were told that it is kept. */
async function kept(name: string, writers: readonly Writer[]): Promise<void> {
  const rows = new Set((await ask(target, "select by || ' ' || id from orders", name)).split('\n'));
  const all = writers.flatMap(({ acknowledged }) => acknowledged);
  expect(all.length).toBeGreaterThan(0);
  expect(all.filter((key) => !rows.has(key))).toEqual([]);
}

afterEach(() => Promise.all(Writer.all.map((writer) => writer.stop())));

test('every acknowledged row is on the target, and writers go on there', async () => {
  await database('shop');
  await ask(source, `set role salient; ${SCHEMA}`, 'shop');
  const env = { DATABASES: 'shop' };
  const writers = ['a', 'b', 'c'].map((name) => new Writer(name, client('source', 'shop', 'salient')));
  await pause(1);
  // A rehearsal, while they write.
  const rehearsal = await moved('copy', env);
  expect(rehearsal).toMatch(/^shop: \d+ tables and their rows are equal on both sides$/m);
  expect(rehearsal).toMatch(/^shop: copied to shop: \d+ MB in \d+ s, \d+ MB a minute, checksums included$/m);
  expect(await refused('seal', env)).toMatch(
    /: \d+ rows, checksum -?\d+ there, \d+ rows, checksum -?\d+ here[\s\S]*the source was written after it was copied/,
  );
  await moved('open', env);
  await pause(0.5);

  expect(await moved('close', env)).toBe('shop: closed: sessions were ended, and new ones are read-only\n');
  await pause(0.5);
  const before = writers.map(({ acknowledged }) => acknowledged.length);
  const log = await moved('copy', env);
  expect(writers.map(({ acknowledged }) => acknowledged.length)).toEqual(before);
  expect([...(writers[0] as Writer).refusals].join()).toContain('read-only transaction');
  expect(log).toContain('not taken: rights of the role absent, which the target has not');
  expect(log).toContain('not taken: the state of the materialized view public.counted');
  await moved('seal', env);
  await pause(0.5);
  expect([...(writers[0] as Writer).refusals].join()).toContain('not currently accepting connections');
  await Promise.all(writers.map((writer) => writer.stop()));
  await kept('shop', writers);

  // Numbers go on behind those that were taken, and rights and owners are the target's.
  await ask(
    target,
    "grant shop_owner to mover; set role shop_owner; insert into orders (by) values ('after'); insert into own.things (mood) values ('calm')",
    'shop',
  );
  expect(
    await ask(
      target,
      "select id > (select max(id) from orders where by <> 'after') from orders where by = 'after'",
      'shop',
    ),
  ).toBe('t');
  expect(await ask(target, 'select max(id) from own.things', 'shop')).toBe('701');
  expect(
    await ask(target, "select distinct tableowner from pg_tables where schemaname in ('public', 'own')", 'shop'),
  ).toBe('shop_owner');
  expect(await ask(target, "select has_table_privilege('reader', 'orders', 'select')", 'shop')).toBe('t');
  expect(await ask(target, 'select length(lo_get(oid)) from pg_largeobject_metadata', 'shop')).toBe('5000000');
  // What was moved is not overwritten by a second copy.
  expect(await refused('copy', env)).toMatch(
    /target shop: moved from shop at .*, and may have rows of its own since: it is not overwritten/,
  );
  // The way back: the source takes writes again.
  await moved('open', env);
  expect(await ask(source, "set role salient; insert into orders (by) values ('back') returning by", 'shop')).toBe(
    'back',
  );
});

test('a program that writes in spite of read-only is found before the switch', async () => {
  await database('spite');
  await ask(
    source,
    "set role salient; create table orders (id serial primary key, by text, price float8); insert into orders (by) values ('first')",
    'spite',
  );
  const env = { DATABASES: 'spite' };
  await moved('close', env);
  const writer = new Writer('spite', client('source', 'spite', 'salient'), 'begin read write');
  await pause(0.5);
  await moved('copy', env);
  await pause(0.5);
  expect(await refused('seal', env)).toContain('end what writes to it, then run close, copy and seal again');
  await writer.stop();
  await moved('close', env);
  await moved('copy', env);
  await moved('seal', env);
  await kept('spite', [writer]);
});

test('rows of others on the target are not deleted without a word, and a copy that was interrupted is run again', async () => {
  await database('twice');
  await ask(
    source,
    "set role salient; create table notes as select i, repeat('x', 1000) t from generate_series(1, 20000) i",
    'twice',
  );
  await ask(
    target,
    "set role twice_owner; create table notes (i int, t text); insert into notes values (0, 'own')",
    'twice',
  );
  const env = { DATABASES: 'twice' };
  expect(await refused('copy', env)).toContain(
    "target twice: it has rows in public.notes: where they are to be deleted, set REPLACE='twice'",
  );
  expect(await ask(target, 'select count(*) from notes', 'twice')).toBe('1');
  // A table of another owner is in the way: all or nothing.
  await ask(target, 'drop table notes; create table notes (i int); grant select on notes to twice_owner', 'twice');
  expect(await refused('copy', env)).toMatch(/target twice: nothing was changed: .*relation "notes" already exists/);
  expect(await ask(target, 'select count(*) from notes', 'twice')).toBe('0');
  await ask(target, 'drop table notes', 'twice');
  await moved('copy', env);
  expect(await moved('copy', env)).toContain('tables and their rows are equal');
  expect(await ask(target, 'select count(*) from notes', 'twice')).toBe('20000');
  // A row that is another one there is found, though the number is the same.
  await ask(target, "update notes set t = 'other' where i = 7", 'twice');
  expect(await refused('seal', env)).toMatch(
    /table "public.notes": 20000 rows, checksum -?\d+ there, 20000 rows, checksum -?\d+ here/,
  );
});

test('what a copy does not take is told before, and what would fail is refused before', async () => {
  await database('told');
  await ask(
    source,
    `create table audit (id int); alter table audit owner to absent; alter table audit enable row level security;
    create policy p on audit to absent using (true); create publication feed for all tables;
    create function f() returns event_trigger language plpgsql as 'begin end'; create event trigger ddl on ddl_command_end execute function f();
    alter database told set work_mem = '5MB'; grant select on audit to salient; create extension pg_stat_statements;
    select pg_create_physical_replication_slot('unused');`,
    'told',
  );
  const env = { DATABASES: 'told' };
  const log = await refused('inspect', env);
  expect(log).toMatch(/^told: \d+ kB, PostgreSQL 15\.\d+.*, UTF8 sorted by C\.UTF-8$/m);
  for (const told of [
    'the event trigger ddl: a superuser makes it',
    'the publication feed',
    'the setting work_mem',
    'the owner absent of 1 objects',
    'passwords of roles',
  ])
    expect(log).toContain(`told: not taken: ${told}`);
  expect(log).toContain('target told: it lacks extensions: pg_stat_statements (an administrator makes it)');
  await ask(target, 'create extension pg_stat_statements', 'told');
  expect(await refused('inspect', env)).toContain('policies name roles that it lacks: absent');
  // A transaction that waits for its second phase would be lost.
  await ask(source, "begin; create table late (id int); prepare transaction 'later'", 'told');
  expect(await refused('close', env)).toContain(
    "source told: it cannot be closed: the prepared transaction 'later': commit it or roll it back",
  );
  await ask(source, "rollback prepared 'later'", 'told');
  expect((await move('close', { DATABASES: 'nothing' })).log).toContain('source nothing: there is no such database');
  expect((await move('copy', { DATABASES: 'told', SOURCE_URL: 'mysql://secret' })).log).not.toContain('secret');
});
