import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { run } from '../../commands/shared/kubectl';
import { buildStandIns, standInsOf, withStandIns } from '../../commands/up/stand-ins';
import { imageReference } from '../../lib/base/image';
import { eventually } from '../cluster/cluster';
import { CANNOT_WRITE } from '../cluster/node/images';
import { type Any, projectWithSources } from '../support';
import { docker, type Reached, reach, testEngine } from './engine';
import { bringImages, composeFiles } from './project';

const SYSTEM = 'pliers';
const STACK = `${SYSTEM}-staging`;
const HOST = 'pliers.localhost';
const HTTPS = 18543;
const engine = testEngine();
let folder: string;
let way: Reached;

/** Runs docker and returns its output. No command of Swarm may wait for long. */
async function swarm(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(engine, args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`);
  return stdout.trim();
}

/** Sends a request to the proxy. Its certificate is its own, since Let's Encrypt does not know the host. */
function ask(path: string, body?: object): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const { address, port } = way;
  const headers = { Host: HOST, ...(body && { 'Content-Type': 'application/json' }) };
  const method = body === undefined ? 'GET' : 'POST';
  const options = { host: address, port, path, method, headers, servername: HOST, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, timeout: 15_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body: text }));
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const post = (path: string) => ask(path, { text: 'hello' });

/** How many tasks of each service run, and how many have ended well, such as `2/2` and `0/1 (1/1 completed)`. */
async function services(): Promise<Record<string, string>> {
  const lines = await swarm('stack', 'services', STACK, '--format', '{{.Name}}={{.Replicas}}');
  return Object.fromEntries(lines.split('\n').map((line) => line.slice(STACK.length + 1).split('=')));
}

/** The running containers of a service. */
const containers = async (service: string): Promise<string[]> =>
  (await swarm('ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=${STACK}_${service}`)).split('\n');

/** Writes the stack of Pliers with its stand-ins and a database of its own, as it is outside development. @returns its folder */
async function written(): Promise<string> {
  const root = projectWithSources();
  const document = parseDocument(readFileSync(join(root, 'environments/dev/pliers.yaml'), 'utf8'));
  withStandIns(root, SYSTEM)[SYSTEM]?.(document);
  document.set('secrets', document.createNode({ kind: 'manual' }));
  document.setIn(['database', 'tag'], '15.20-alpine');
  document.setIn(['edge', 'issuer'], 'letsencrypt-staging');
  document.set('backups', document.createNode({ repository: '/backups', claim: 'backups' }));
  for (const service of ['api', 'web']) document.setIn(['services', service, 'scale', 'replicas'], 2);
  mkdirSync(join(root, 'environments/staging'), { recursive: true });
  writeFileSync(join(root, 'environments/staging/pliers.yaml'), String(document));
  const images = standInsOf(root, SYSTEM);
  const { kit } = engine;
  await buildStandIns(root, SYSTEM, kit === undefined ? ['docker', 'local'] : ['kit', kit.images], images);
  composeFiles(root, {
    pliers: { staging: { proxy: { http: 18500, https: HTTPS, email: 'ops@example.com' }, stack: true } },
  });
  const folder = join(root, 'dist/compose', SYSTEM);
  const stack = parse(readFileSync(join(folder, 'stack.yaml'), 'utf8'));
  await bringImages(engine, stack, Object.values(images).map(imageReference));
  const example = readFileSync(join(folder, '.env.example'), 'utf8');
  writeFileSync(
    join(folder, '.env'),
    example.replace(/=$/gm, () => `=a${randomBytes(8).toString('hex')}`),
  );
  return folder;
}

async function deploy(folder: string) {
  const env = { ...process.env, ...engine.env };
  const { code, stdout, stderr } = await run('sh', ['deploy.sh', '--resolve-image', 'never'], { cwd: folder, env });
  if (code !== 0) throw new Error(`deploy.sh: exit ${code}\n${stderr}${stdout}`);
}

/** Deletes everything of a run: the Swarm is its own. */
async function leave() {
  const list = async (...args: string[]) => {
    const all = await docker(engine, [...args, '--quiet', '--filter', `label=com.docker.stack.namespace=${STACK}`]);
    return all.stdout.split('\n').filter(Boolean);
  };
  await docker(engine, ['stack', 'rm', STACK]);
  // Networks go last, and those that a Swarm leaves behind would seem to be there for the next one.
  await eventually(90, async () => expect([...(await list('ps')), ...(await list('network', 'ls'))]).toEqual([]));
  await docker(engine, ['swarm', 'leave', '--force']);
  for (const [kind, ...args] of [
    ['container', 'ps', '--all'],
    ['volume', 'volume', 'ls'],
  ] as const) {
    const left = await list(...args);
    if (left.length > 0) await docker(engine, [kind, 'rm', '--force', ...left]);
  }
}

beforeAll(async () => {
  const state = await swarm('info', '--format', '{{.Swarm.LocalNodeState}}');
  if (state !== 'inactive') {
    if (engine.kit === undefined) throw new Error('the engine has a Swarm already; docker swarm leave');
    await leave(); // of a run that was killed
  }
  folder = await written();
  await swarm('swarm', 'init', '--advertise-addr', '127.0.0.1');
  await swarm('node', 'update', '--label-add', `${STACK}=data`, await swarm('info', '--format', '{{.Swarm.NodeID}}'));
  await deploy(folder);
  way = await reach(engine, HTTPS);
});

afterAll(async () => {
  way?.close();
  await leave();
}, 120_000);

/** What each service has reached. A job that has ended runs no more; one that waits for its command has no node. */
const RUNS = { proxy: 1, web: 2, api: 2, 'ai-service': 1, postgres: 1, redis: 1 };
const ENDED = ['provisioning', 'migrations', 'migrations-migrate'];

test('all services run, and what runs once has ended well, though nothing orders their start', async () => {
  await eventually(120, async () => {
    const reached = await services();
    expect(reached).toMatchObject(Object.fromEntries(Object.entries(RUNS).map(([name, n]) => [name, `${n}/${n}`])));
    expect(reached).toMatchObject(Object.fromEntries(ENDED.map((name) => [name, '0/1 (1/1 completed)'])));
    expect(reached).toMatchObject({ prepare: '0/0 (1/1 completed)', restore: '0/1 (0/1 completed)' });
  });
});

test('a request through the proxy reaches the API, and the API its database', async () => {
  expect((await ask('/')).body).toContain('nginx');
  expect(JSON.parse((await post('/api/notes')).body)).toEqual({ id: 1, cached: 1 });
  expect(JSON.parse((await post('/ai/ask')).body)).toEqual({ asked: 1, api: 'api' });
});

test('the proxy keeps its certificates, though nothing prepares their volume before it starts', async () => {
  const [proxy] = await containers('proxy');
  const command = ['/berth/tools/busybox', 'ls', '-ln', '/certificates'];
  expect(await swarm('exec', proxy as string, ...command)).toMatch(/^-rw------- +1 65532 +65532 .* acme\.json$/m);
});

test('the API reaches PostgreSQL, and the frontend does not, by name or by address', async () => {
  const connects = async (from: string, to: string) => {
    const [container] = await containers(from);
    const busybox = '/berth/tools/busybox';
    const command = [busybox, 'timeout', '3', busybox, 'nc', to, '5432', '-e', busybox, 'true'];
    return (await docker(engine, ['exec', container as string, ...command])).code === 0;
  };
  const [postgres] = await containers('postgres');
  const [{ NetworkSettings }] = JSON.parse(await swarm('inspect', postgres as string));
  const addresses = Object.values<Any>(NetworkSettings.Networks).map(({ IPAddress }): string => IPAddress);
  expect(await connects('api', 'postgres')).toBe(true);
  expect(await Promise.all(['postgres', ...addresses].map((to) => connects('web', to)))).not.toContain(true);
});

test('a backup runs when it is told to, and again when it is told again', async () => {
  for (const service of ['backup-restic', 'backup', 'backup']) {
    const command = ['service', 'update', '--force', '--constraint-rm', `node.labels.${STACK}==on-demand`];
    const { code, stderr } = await run('timeout', ['60', 'docker', ...command, `${STACK}_${service}`], {
      env: { ...process.env, ...engine.env },
    });
    expect([service, code, stderr]).toEqual([service, 0, '']);
  }
  const logs = await swarm('service', 'logs', '--raw', `${STACK}_backup`);
  expect(logs.match(/^2 dumps of 1 servers/gm)).toHaveLength(2);
});

test('deployed again, what runs once runs again, and all else runs on', async () => {
  const before = await Promise.all(Object.keys(RUNS).map(containers));
  await deploy(folder);
  expect(await services()).toMatchObject({ backup: '0/1 (0/1 completed)' });
  await eventually(60, async () =>
    expect(await services()).toMatchObject(Object.fromEntries(ENDED.map((name) => [name, '0/1 (1/1 completed)']))),
  );
  expect(await Promise.all(Object.keys(RUNS).map(containers))).toEqual(before);
  expect(JSON.parse((await post('/api/notes')).body)).toMatchObject({ id: 2 });
});

test('no log has a refused write', async () => {
  for (const service of Object.keys(RUNS)) {
    const logs = await docker(engine, ['service', 'logs', '--raw', `${STACK}_${service}`]);
    expect([service, (logs.stdout + logs.stderr).match(CANNOT_WRITE)?.[0]]).toEqual([service, undefined]);
  }
});
