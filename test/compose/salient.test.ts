import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CANNOT_WRITE } from '../cluster/node/images';
import { call, chat } from '../cluster/node/load';
import type { Any } from '../support';
import { docker, type Reached } from './engine';
import { ComposeProject, serviceOf } from './project';

const ONE_SHOTS = ['prepare', 'provisioning', 'migrations', 'migrations-migrate'];
/** What wrong quoting would break. */
const HOSTILE = ` "@/:%\\$(id)\${HOME}$HOME$$\`id\`;--?#&=+`;
let project: ComposeProject;
let way: Reached;

/** An example of `.env`, filled in as its comments allow. */
function filled(example: string): string {
  return example.replace(/^#(.*)\n(\w+)=$/gm, (_, about: string, name: string) => {
    const value = `${name.toLowerCase()}-${randomBytes(6).toString('hex')}`;
    return `${name}='${/letters, digits|name of the role/.test(about) ? value : value + HOSTILE}'`;
  });
}

const messages = async () => {
  for (const tenant of ['acme', 'globex']) {
    const { status, body } = await call(way, chat('localhost', { tenant, text: 'hello' }));
    expect([status, body]).toEqual([200, expect.stringContaining(`"tenant_${tenant}"`)]);
  }
};
const startedAt = async () =>
  Object.fromEntries((await project.containers()).map((one) => [serviceOf(one), one.State.StartedAt as string]));

/** What has happened to containers since a moment, in its order: `postgres healthy`, `migrations ended`. */
async function happenings(since: number): Promise<string[]> {
  const only = ['--filter', `label=com.docker.compose.project=${project.file.name}`, '--format', '{{json .}}'];
  const period = ['--since', String(since), '--until', String(Math.ceil(Date.now() / 1000))];
  const { stdout } = await docker(project.engine, ['events', ...period, ...only]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const { Action, Actor } = JSON.parse(line);
      const what = { start: 'started', die: 'ended', 'health_status: healthy': 'healthy' }[Action as string];
      return what === undefined ? [] : [`${Actor.Attributes['com.docker.compose.service']} ${what}`];
    });
}

beforeAll(async () => {
  const ports = { 'chat-api': 18000, 'admin-api': 18001, 'admin-ui': 18002 };
  project = await ComposeProject.of('salient', { ports }, (document) => {
    document.set('secrets', document.createNode({ kind: 'manual', revision: 1 }));
  });
  writeFileSync(join(project.folder, '.env'), filled(readFileSync(join(project.folder, '.env.example'), 'utf8')));
});

afterAll(() => project?.down());

test('everything starts in the order of the stages, each when what it needs is healthy or has ended', async () => {
  const began = Math.floor(Date.now() / 1000);
  await project.up();
  const seen = await happenings(began);
  const order = [
    'prepare started',
    'prepare ended',
    'postgres started',
    'postgres healthy',
    'provisioning started',
    'provisioning ended',
    'migrations started',
    'migrations ended',
    'pgbouncer started',
    'pgbouncer healthy',
    'chat-api started',
    'chat-api healthy',
  ];
  expect(seen.filter((one) => order.includes(one))).toEqual(order);
  for (const one of await project.containers()) {
    const { Status, ExitCode, Health } = one.State;
    const expected = ONE_SHOTS.includes(serviceOf(one)) ? ['exited', 0, undefined] : ['running', 0, 'healthy'];
    expect([serviceOf(one), Status, ExitCode, Health?.Status]).toEqual([serviceOf(one), ...expected]);
  }
});

test('a message of each tenant is answered through PgBouncer, from its own database', async () => {
  way = await project.at(18000);
  await messages();
  const pools = await project.exec(
    'postgres',
    'psql',
    '-U',
    'postgres',
    '-Atc',
    "SELECT DISTINCT client_addr FROM pg_stat_activity WHERE datname LIKE 'tenant_%'",
  );
  const [pooler] = await project.of('pgbouncer');
  const own = Object.values<Any>(pooler.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  expect(own).toEqual(expect.arrayContaining(pools.trim().split('\n')));
});

test('a password is what .env says, byte for byte', async () => {
  const [, expected] = /^TENANTS_ACME='(.*)'$/m.exec(readFileSync(join(project.folder, '.env'), 'utf8')) ?? [];
  expect(expected).toContain(HOSTILE);
  expect(await project.exec('pgbouncer', 'cat', '/etc/berth/tenants/acme')).toBe(expected);
});

test('each API serves only its own router, and the admin UI answers', async () => {
  const admin = await project.at(18001);
  const ui = await project.at(18002);
  const status = async (to: Reached, path: string) => (await call(to, { host: 'localhost', path })).status;
  expect(await status(admin, '/api/admin/directory-schemas')).toBe(401);
  expect(await status(admin, '/accounts/acme/agents')).toBe(404);
  expect(await status(way, '/api/admin/directory-schemas')).toBe(404);
  expect(await status(ui, '/')).toBe(200);
});

test('containers have no root, no capabilities, no new privileges and a read-only root file system', async () => {
  const containers = await project.containers();
  for (const { Config, HostConfig } of containers) {
    const service = Config.Labels['com.docker.compose.service'];
    const { user, cap_add = null } = project.file.services[service];
    expect([service, Config.User]).toEqual([service, user]);
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: cap_add?.map((one: string) => `CAP_${one}`) ?? null,
      Privileged: false,
    });
    expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true');
  }
  for (const service of ['chat-api', 'admin-ui', 'postgres', 'pgbouncer']) {
    const script =
      'id -u; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; touch /berth-try 2>&1 || true; touch /tmp/try && echo written';
    const [uid, ...lines] = (await project.exec(service, 'sh', '-c', script)).trim().split('\n');
    expect([service, Number(uid)]).toEqual([service, Number(project.file.services[service].user.split(':')[0])]);
    expect(lines).toEqual([
      expect.stringMatching(/^CapEff:\t0+$/),
      'NoNewPrivs:\t1',
      expect.stringContaining('Read-only file system'),
      'written',
    ]);
  }
  const logs = await project.compose('logs', '--no-color');
  expect(logs.match(CANNOT_WRITE)?.[0]).toBeUndefined();
});

test('a second up runs what ends once more, leaves what runs, and breaks nothing', async () => {
  const before = await startedAt();
  await project.up();
  const after = await startedAt();
  const again = Object.keys(after).filter((service) => after[service] !== before[service]);
  expect(again.sort()).toEqual([...ONE_SHOTS].sort());
  await messages();
});
