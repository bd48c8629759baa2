import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { SalientConfig } from '../../charts/salient/settings';
import type { Tenant } from '../../charts/salient/tenant-list';
import type { ManifestObject } from '../../lib/manifests/object';
import { REVISION_KEY } from '../../lib/model/secret';
import { intentOf } from '../../lib/pipeline/intent';
import { type Any, find } from '../support';
import { objectsOf, salientSettings, salientSystem } from '../systems';
import { certificates } from './authority';
import { ExternalSecrets, type Lab, openLab, type Pod, until } from './lab';
import { imageName } from './lab/images';

const DATA = 'salient-dev-admin';
const POOLER = `pgbouncer-svc.${DATA}.svc.cluster.local`;

/** Every printable character with a special meaning in a shell, in SQL, in a URL or in PgBouncer, and a space inside. */
const HOSTILE = `'"@/:%\\ $(id)\`id\`;#?&=+é {}[]~`;

const settings = salientSettings('dev');

function tenant(slug: string, more: Partial<Tenant> = {}): Tenant {
  return { slug, server: 'main', state: 'active', revision: 1, ...more };
}

const TENANTS = ['acme', 'globex', 'initech'].map((slug) => tenant(slug));

/** What migrates a database: a column more. The URL is SQLAlchemy's, and psql's without its driver and its query. */
const MIGRATION = [
  'url=$(echo "$DATABASE_URL" | sed "s/+asyncpg//; s/[?].*//")',
  '[ "$MIGRATE_DATABASE" = admin ] && table=tenant_registry || table=notes',
  'psql -Xq "$url" -c "alter table if exists $table add column more_$(date +%s%N) text"',
].join('; ');

/** Salient as in dev, with two replicas of PgBouncer and passwords with special characters. */
function salient(
  changed: Partial<SalientConfig> = {},
  passwords: Readonly<Record<string, string>> = {},
): ManifestObject[] {
  const pgbouncer = { ...settings.pgbouncer, replicas: 2 };
  const migrations = { ...settings.migrations, command: MIGRATION };
  const objects = objectsOf(salientSystem('dev', { pgbouncer, tenants: TENANTS, migrations, ...changed }));
  const { data } = find(objects, 'Secret', 'tenant-passwords');
  for (const slug of Object.keys(data).filter((key) => key !== REVISION_KEY)) {
    // A line break at the end, as `echo` stores it, is no part of a password.
    data[slug] = Buffer.from(passwords[slug] ?? `${slug} ${HOSTILE}\n`).toString('base64');
  }
  return objects;
}

/** Helpers for a laboratory that runs Salient's data tier. */
class Tier {
  constructor(
    readonly lab: Lab,
    readonly postgres: Pod,
    readonly client: Pod,
  ) {}

  static async start(objects: ManifestObject[]): Promise<Tier> {
    const lab = await openLab(objects, {
      client: { env: { PATH: '/opt/venv/bin:/usr/bin:/bin' }, files: { '/clients': join(__dirname, 'clients') } },
      [imageName(settings.backend.image)]: {},
    });
    const postgres = await lab.start(DATA, 'postgres');
    const { code, log } = await lab.run(DATA, 'provisioning');
    if (code !== 0) throw new Error(log);
    const client = await lab.daemon('client', { image: 'client', command: ['/bin/sleep', 'infinity'] });
    return new Tier(lab, postgres, client);
  }

  async sql(query: string, database = 'postgres'): Promise<string> {
    const argv = ['psql', '-XAtq', '-U', 'postgres', '-h', '/var/run/postgresql', '-d', database, '-c', query];
    const { code, stdout, stderr } = await this.postgres.exec(argv);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** The application's connection string in the registry. */
  async url(slug: string): Promise<string> {
    return this.sql(`select connection_string from tenant_registry where slug = '${slug}'`, 'salient_admin');
  }

  async plainUrl(slug: string): Promise<string> {
    return (await this.url(slug)).replace('+asyncpg', '');
  }

  async python(script: string, ...args: string[]) {
    return this.client.exec(['python3', `/clients/${script}`, ...args]);
  }
}

/** Runs a query with a Node client, by a URL of the registry, through one pod of PgBouncer. */
async function ask(pod: Pod, url: string, query: string): Promise<string> {
  const { username, password, pathname } = new URL(url);
  const client = new Client({
    host: pod.address,
    port: 5432,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  });
  client.on('error', () => {}); // the query reports a closed connection
  try {
    await client.connect();
    const { rows } = await client.query({ name: 'prepared', text: query });
    return String(Object.values(rows[0] as object)[0]);
  } finally {
    await client.end().catch(() => {});
  }
}

describe('two replicas in front of one server', () => {
  let tier: Tier;
  let pods: Pod[];

  beforeAll(async () => {
    tier = await Tier.start(salient());
    pods = [await tier.lab.start(DATA, 'pgbouncer'), await tier.lab.start(DATA, 'pgbouncer')];
  });

  test('prepared statements of asyncpg work on every server connection', async () => {
    const { code, stdout, stderr } = await tier.python('prepared.py', await tier.plainUrl('acme'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(1);
  });

  test('prepared statements of a Node client work too, in the database of its tenant and as its role', async () => {
    for (const slug of ['acme', 'globex']) {
      const url = await tier.url(slug);
      expect(await ask(pods[0] as Pod, url, "select current_database() || ' ' || current_user")).toBe(
        `tenant_${slug} tenant_${slug}`,
      );
    }
  });

  test('the password of another tenant and the console are refused', async () => {
    const url = new URL(await tier.url('acme'));
    url.pathname = '/tenant_globex';
    await expect(ask(pods[0] as Pod, url.href, 'select 1')).rejects.toThrow(/permission denied|no such/i);
    url.username = 'tenant_globex';
    await expect(ask(pods[0] as Pod, url.href, 'select 1')).rejects.toThrow(/password|SASL/i);
    const console_ = new URL(await tier.url('acme'));
    console_.pathname = '/pgbouncer';
    await expect(ask(pods[0] as Pod, console_.href, 'show users')).rejects.toThrow(/not allowed/);
  });

  test('three hundred concurrent clients never open more server connections than were counted', async () => {
    const system = salientSystem('dev', { tenants: TENANTS, pgbouncer: { ...settings.pgbouncer, replicas: 2 } });
    const clients = intentOf(system).budgets.flatMap((budget) => budget.clients);
    const { perPod = 0, behind } = clients.find(({ name }) => name === 'pgbouncer') ?? {};
    const counted = (behind?.sizes ?? []).reduce((sum, size) => sum + size, perPod);
    expect(counted).toBeGreaterThan(0);
    const urls = await Promise.all(TENANTS.map(({ slug }) => tier.plainUrl(slug)));
    const crowd = tier.python('crowd.py', ...urls);
    let most = 0;
    let over = false;
    const done = crowd.then(() => {
      over = true;
    });
    while (!over) {
      const now = await tier.sql("select count(*) from pg_stat_activity where usename like 'tenant\\_%'");
      most = Math.max(most, Number(now));
    }
    await done;
    const { code, stdout, stderr } = await crowd;
    expect(stderr).toBe('');
    expect([code, stdout.trim()]).toEqual([0, '300']);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2 * counted);
  });

  /** Reads of the application during a migration with these variables: the errors of the reads that began in the three seconds after it. */
  async function readDuring(env: Readonly<Record<string, string>>) {
    const stop = '/tmp/stop-reading';
    await tier.client.exec(['rm', '-f', stop]);
    const load = tier.python('reader.py', await tier.plainUrl('acme'), stop);
    const replicas = "select count(distinct client_addr) from pg_stat_activity where usename = 'tenant_acme'";
    await until('reads through both replicas', 60, async () => Number(await tier.sql(replicas)) === 2);
    await sleep(1000);
    const { code, logs } = await tier.lab.run(DATA, 'migrations', { env });
    const ended = Date.now() / 1000;
    await sleep(3000);
    await tier.client.exec(['touch', stop]);
    const [, ...lines] = (await load).stdout.trim().split('\n');
    const late = lines.slice(0, -1).filter((line) => Number(line.split(' ')[0]) > ended);
    return { code, log: logs.lock ?? '', late, answered: Number(lines.at(-1)) };
  }

  test('under load, clients read what a migration has changed as soon as it has ended, through every replica', async () => {
    await tier.sql('set role tenant_acme; create table notes (id int); insert into notes values (1)', 'tenant_acme');
    const untold = await readDuring({ POOLER_USER: '' });
    expect(untold.code).toBe(0);
    expect(untold.late.join('\n')).toMatch(/ new InvalidCachedStatementError/);

    const told = await readDuring({});
    expect(told).toMatchObject({ code: 0, late: [] });
    expect(told.answered).toBeGreaterThan(500);
    expect(told.log).toBe('the lock is held\nPgBouncer: 2 replicas were told of 4 databases\nthe lock is released\n');
  });

  test('a replica that cannot be told fails the migrations, by name', async () => {
    const { code, logs } = await tier.lab.run(DATA, 'migrations', {
      env: { POOLER_USER: 'salient_migrations', WAIT_SECONDS: '1' },
    });
    expect(code).toBe(1);
    expect(logs.lock).toMatch(
      /^PgBouncer at [\d.]+: FAILED: it keeps its connections to tenant_globex: .*(password authentication|SASL).*$/m,
    );
    expect(logs.lock).toMatch(/FAILED: PgBouncer was not told of all that has changed: run this again\n$/);
  });

  test('the user of the console gets into no database', async () => {
    const password = encodeURIComponent('development-pgbouncer_console');
    const url = (database: string) => `postgresql://pgbouncer_console:${password}@${POOLER}/${database}`;
    for (const database of ['tenant_acme', 'salient_admin']) {
      await expect(ask(pods[0] as Pod, url(database), 'select 1')).rejects.toThrow(
        /does not exist|authentication|SASL/,
      );
    }
  });

  /** Writes of the application during a rollout of both replicas, one after the other. */
  async function replaced(pause: number) {
    const table = 'create table if not exists written (id bigint generated always as identity)';
    await tier.sql(`set role tenant_acme; ${table}; truncate written`, 'tenant_acme');
    const stop = `/tmp/stop-${pause}`;
    const written = async () => Number(await tier.sql('select count(*) from written', 'tenant_acme'));
    const load = tier.python('engine.py', await tier.url('acme'), String(pause), stop);
    await until('writes', 60, async () => (await written()) > 50);
    for (const index of pods.keys()) {
      const successor = await tier.lab.start(DATA, 'pgbouncer');
      expect((await (pods[index] as Pod).stop()).codes).toEqual({ pgbouncer: 0 });
      pods[index] = successor;
    }
    await tier.client.exec(['touch', stop]);
    const [, acknowledged, ...errors] = (await load).stdout.trim().split('\n');
    return { acknowledged: Number(acknowledged), errors, written: await written() };
  }

  test('a rollout loses no transaction, and a client with pre-ping sees no error', async () => {
    const { acknowledged, errors, written } = await replaced(0.5);
    expect(errors).toEqual([]);
    expect(acknowledged).toBeGreaterThan(200);
    expect(written).toBe(acknowledged);
  });

  test('a client that never pauses may get an error at the begin of a transaction; none is lost', async () => {
    const { acknowledged, errors, written } = await replaced(0.001);
    for (const error of errors)
      expect(error).toMatch(/server shutting down|connection was closed|connection is closed/);
    expect(errors.length).toBeLessThanOrEqual(2 * 15); // one pool of each replica
    expect(written).toBe(acknowledged);
  });

  test('where the limit of open files is 1024 at first, more clients than that are connected', async () => {
    const before = pods[1] as Pod;
    await before.stop();
    const { stdout, stderr } = await tier.python('many.py', await tier.plainUrl('acme'), '1100');
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('1100');
    expect((pods[0] as Pod).log()).toMatch(/^may open \d+ files, and needs up to 5\d{3}$/m);
    await expect(tier.lab.start(DATA, 'pgbouncer', { files: 4096 })).rejects.toThrow(
      /given a limit of 4096 open files, expected 5\d{3} or more for all clients and pools: raise that of the container runtime/,
    );
    pods[1] = await tier.lab.start(DATA, 'pgbouncer');
  });

  test('a running PgBouncer accepts a new tenant', async () => {
    await tier.lab.update(salient({ tenants: [...TENANTS, tenant('late-comer')] }));
    expect(await tier.lab.run(DATA, 'provisioning')).toMatchObject({ code: 0 });
    const url = await tier.url('late-comer');
    const entered = () => ask(pods[1] as Pod, url, 'select current_user').catch(() => '');
    await until('the new tenant', 30, async () => (await entered()) === 'tenant_late_comer');
  });

  test('a password with a line break inside is left out, and the log tells of it', async () => {
    const split = { ...salient().find(({ metadata }) => metadata.name === 'tenant-passwords') } as Any;
    await tier.lab.update([
      { ...split, data: { ...split.data, split: Buffer.from('two\nlines\n').toString('base64') } },
    ]);
    const told =
      'role tenant_split: left out: the password under the key split holds a line break or another control character';
    await until('the log tells of it', 30, () => (pods[1] as Pod).log().includes(told));
    expect(await ask(pods[1] as Pod, await tier.url('acme'), 'select current_user')).toBe('tenant_acme');
  });

  test('a changed password is accepted, and the old one is refused', async () => {
    const before = await tier.url('acme');
    const tenants = [tenant('acme', { revision: 2 }), ...TENANTS.slice(1)];
    await tier.lab.update(salient({ tenants }, { acme: `another ${HOSTILE}` }));
    expect(await tier.lab.run(DATA, 'provisioning')).toMatchObject({ code: 0 });
    const after = await tier.url('acme');
    expect(after).not.toBe(before);
    const entered = () => ask(pods[1] as Pod, after, 'select current_user').catch(() => '');
    await until('the new password', 30, async () => (await entered()) === 'tenant_acme');
    await expect(ask(pods[1] as Pod, before, 'select 1')).rejects.toThrow(/password|SASL/i);
  });
});

describe('passwords from a secret store', () => {
  const EXPORTER = 'pgbouncer-exporter';
  const aws = { kind: 'aws', region: 'us-east-1', roleArn: 'arn:aws:iam::123456789012:role/salient' } as const;
  const monitoring = { ...settings.monitoring, enabled: true };
  const ROLES = ['migrations', 'chat', 'admin_api', 'backup', 'restore'].map((role) => `salient_${role}`);

  /** All passwords, which end with the same word. */
  const passwords = (word: string) => {
    const of = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, `${name} ${HOSTILE} ${word}`]));
    return {
      'salient-dev/roles': of([...ROLES, 'pgbouncer_stats', 'pgbouncer_console']),
      'salient-dev/tenants': of(['acme', 'globex', 'initech']),
      'salient-dev/postgres/admin-user': 'provisioner',
      'salient-dev/postgres/admin-password': `administrator ${HOSTILE} ${word}`,
      'salient-dev/postgres/superuser-password': `superuser ${word}`,
      'salient-dev/openrouter/api-key': 'key',
      'salient-dev/jwt/secret': 'secret',
    };
  };

  const store = passwords('first');
  const operator = new ExternalSecrets(store);

  /** Salient with its secrets at a revision; without the container of the exporter, of which no image is here. */
  function objectsAt(revision: number): ManifestObject[] {
    const secrets = { kind: 'external', store: aws, refresh: '1h', tenantShards: 1, revision } as const;
    const pgbouncer = { ...settings.pgbouncer, exporter: { image: 'example.com/exporter', tag: 'v1.0.0' } } as Any;
    const objects = objectsOf(salientSystem('dev', { secrets, pgbouncer, monitoring, tenants: TENANTS }));
    const { spec } = find(objects, 'Deployment', 'pgbouncer').spec.template;
    spec.containers = spec.containers.filter(({ name }: Any) => name !== 'exporter');
    return objects;
  }

  let tier: Tier;
  let pooler: Pod;

  const apply = (revision: number, hourLater = false) =>
    tier.lab.update([...objectsAt(revision), ...operator.secrets(objectsAt(revision), { hourLater })]);
  const restarted = async (pod: Pod, name: string) => {
    await pod.stop();
    return tier.lab.start(DATA, name);
  };

  /** The URL that a pod of the application would read if it started now. */
  const urlOf = (namespace: string, secret: string, key: string) =>
    String(tier.lab.objects.values('Secret', namespace, secret)?.get(key)).replace('+asyncpg', '');

  /** Who gets in, as which user: the application's pods that start now, the exporter, and the tenants by the registry. */
  async function entered(): Promise<string[]> {
    const credentials = (key: string) => urlOf('salient-dev', 'tenant-db-credentials', key);
    const urls = [
      credentials('POSTGRES_READER_URL'),
      credentials('POSTGRES_WRITER_URL'),
      await tier.plainUrl('acme'),
      await tier.plainUrl('globex'),
    ];
    const asked = urls.map((url) => ask(pooler, url, 'select current_user').catch(({ message }) => String(message)));
    const exporter = console_(urlOf(DATA, EXPORTER, 'URL')).catch(({ message }) => String(message));
    return Promise.all([...asked, exporter]);
  }

  /** Reads the statistics, as the exporter does. */
  async function console_(url: string): Promise<string> {
    const { username, password } = new URL(url);
    const client = new Client({
      host: pooler.address,
      port: 5432,
      user: username,
      password: decodeURIComponent(password),
      database: 'pgbouncer',
    });
    client.on('error', () => {});
    await client.connect();
    await client.query('show stats').finally(() => client.end());
    return username;
  }

  const ALL = ['salient_chat', 'salient_admin_api', 'tenant_acme', 'tenant_globex', 'pgbouncer_stats'];

  beforeAll(async () => {
    tier = await Tier.start([...objectsAt(1), ...operator.secrets(objectsAt(1))]);
    pooler = await tier.lab.start(DATA, 'pgbouncer');
  });

  test('passwords that are changed in the store alone change nothing, whatever starts anew', async () => {
    expect(await entered()).toEqual(ALL);
    Object.assign(store, passwords('second'));
    await apply(1, true);
    expect(await entered()).toEqual(ALL);
    pooler = await restarted(pooler, 'pgbouncer');
    expect(await entered()).toEqual(ALL);
    const postgres = await restarted(tier.postgres, 'postgres');
    tier = new Tier(tier.lab, postgres, tier.client);
    expect(await tier.lab.run(DATA, 'provisioning')).toMatchObject({ code: 0 });
    expect(await entered()).toEqual(ALL);
  });

  test('the next revision sets them all, in the order of the stages; the old ones are refused', async () => {
    const old = [urlOf('salient-dev', 'tenant-db-credentials', 'POSTGRES_READER_URL'), await tier.plainUrl('acme')];
    await apply(2);
    tier = new Tier(tier.lab, await restarted(tier.postgres, 'postgres'), tier.client);
    expect(await tier.lab.run(DATA, 'provisioning')).toMatchObject({ code: 0 });
    pooler = await restarted(pooler, 'pgbouncer');
    expect(await entered()).toEqual(ALL);
    expect(decodeURIComponent(await tier.url('acme'))).toContain('second');
    for (const url of old) await expect(ask(pooler, url, 'select 1')).rejects.toThrow(/password|SASL/i);
  });
});

describe('several servers, verified by their certificates', () => {
  const secret = (name: string, stringData: Record<string, string>) => {
    const data = Object.fromEntries(
      Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    return {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: DATA }, type: 'kubernetes.io/tls' },
      data,
    } as Any;
  };

  const main = { ...settings.database, tls: 'main-tls' } as Any;
  const { name: _, driver: __, ...eu } = { ...main, tls: 'eu-tls' };
  const objects = salient({
    database: main,
    tenantServers: { eu },
    tenants: [tenant('acme'), tenant('globex', { server: 'eu', pool: 3 })],
  });
  const service = (name: string) => `${name}.${DATA}.svc.cluster.local`;

  test('each tenant is on its own server, and a server of another authority is refused', async () => {
    const mainTls = certificates(service('postgres'));
    const lab = await openLab([
      ...objects,
      secret('main-tls', mainTls),
      secret('eu-tls', certificates(service('postgres-eu'))),
    ]);
    const servers = { main: await lab.start(DATA, 'postgres'), eu: await lab.start(DATA, 'postgres-eu') };
    expect(await lab.run(DATA, 'provisioning')).toMatchObject({ code: 0 });
    const pooler = await lab.start(DATA, 'pgbouncer');
    const enter = (slug: string, query: string) => {
      const password = encodeURIComponent(`${slug} ${HOSTILE}`);
      return ask(pooler, `postgresql://tenant_${slug}:${password}@${POOLER}/tenant_${slug}`, query);
    };
    const where = 'select host(inet_server_addr())';
    expect(await enter('acme', where)).toBe(servers.main.address);
    expect(await enter('globex', where)).toBe(servers.eu.address);
    const encrypted = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    expect(await enter('globex', encrypted)).toBe('true');

    // The server gets a certificate of an authority that PgBouncer does not know.
    const other = certificates(service('postgres-eu'));
    await servers.eu.stop();
    await lab.update([secret('eu-tls', other)]);
    const stranger = await lab.start(DATA, 'postgres-eu');
    await pooler.stop();
    await lab.update([secret('eu-tls', { ...other, 'ca.crt': mainTls['ca.crt'] })]);
    const again = await lab.start(DATA, 'pgbouncer');
    const password = encodeURIComponent(`globex ${HOSTILE}`);
    const url = `postgresql://tenant_globex:${password}@${POOLER}/tenant_globex`;
    await expect(ask(again, url, 'select 1')).rejects.toThrow(/server down|server_login|query_wait_timeout/);
    expect(stranger.log()).toMatch(/unknown ca|certificate|SSL error/i);
  });
});
