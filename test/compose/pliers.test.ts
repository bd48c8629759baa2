import { eventually } from '../cluster/cluster';
import { type Call, call, type Reply } from '../cluster/node/load';
import type { Any } from '../support';
import { docker, type Reached } from './engine';
import { ComposeProject, serviceOf } from './project';

const HOST = 'pliers.localhost';
const REPLICAS = 3;
/** The pairs of services that may talk, as Pliers' README draws them; the proxy stands for the edge. */
const PAIRS = [
  ['ai-service', 'api'],
  ['ai-service', 'proxy'],
  ['ai-service', 'redis'],
  ['api', 'postgres'],
  ['api', 'proxy'],
  ['api', 'redis'],
  ['migrations', 'postgres'],
  ['postgres', 'provisioning'],
  ['proxy', 'web'],
];
let project: ComposeProject;
let way: Reached;

const ask = (path: string, more: Partial<Call> = {}): Promise<Reply> => call(way, { host: HOST, path, ...more });
const post = (path: string) =>
  ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: 'hello' }),
  });

/** Whether a service gets a connection, by the client that is mounted for health checks. */
async function connects(from: string, to: string, port: number): Promise<boolean> {
  const busybox = '/berth/tools/busybox';
  const { code } = await project.attempt(
    'exec',
    '-T',
    from,
    busybox,
    'timeout',
    '3',
    busybox,
    'nc',
    to,
    String(port),
    '-e',
    busybox,
    'true',
  );
  return code === 0;
}

const networksOf = ({ NetworkSettings }: Any): [string, Any][] => Object.entries(NetworkSettings.Networks);

beforeAll(async () => {
  project = await ComposeProject.of('pliers', { proxy: { http: 18080 } }, (document) => {
    document.setIn(['services', 'api', 'scale', 'replicas'], REPLICAS);
  });
});

afterAll(() => project?.down());

test('web, API and AI service answer at the host and the paths of the edge', async () => {
  await project.up();
  way = await project.at(18080);
  expect((await ask('/')).body).toContain('nginx');
  expect((await ask('/config.js')).body).toContain('"wsUrl": "ws://pliers.localhost/api"');
  expect(JSON.parse((await post('/api/notes')).body)).toEqual({ id: 1, cached: 1 });
  expect(JSON.parse((await post('/ai/ask')).body)).toEqual({ asked: 1, api: 'api' });
  expect((await call(way, { host: 'other.localhost', path: '/' })).status).toBe(404);
});

test('the proxy gives requests to every replica, and to the others when one is gone', async () => {
  for (let count = 0; count < 2 * REPLICAS; count++) expect((await post('/api/notes')).status).toBe(200);
  const replicas = await project.of('api');
  expect(replicas).toHaveLength(REPLICAS);
  for (const { Id, Name } of replicas) {
    const { stdout } = await docker(project.engine, ['logs', Id]);
    expect([Name, stdout.includes('POST /api/notes')]).toEqual([Name, true]);
  }
  await docker(project.engine, ['stop', '--time', '1', replicas[0].Id]);
  await eventually(30, async () => {
    const replies = await Promise.all(Array.from({ length: 2 * REPLICAS }, () => post('/api/notes')));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  });
});

test('the proxy has no dashboard, no API and no other port', async () => {
  for (const path of ['/dashboard/', '/api/rawdata', '/api/overview', '/ping', '/metrics'])
    expect([path, (await call(way, { host: 'localhost', path })).status]).toEqual([path, 404]);
  const [proxy] = await project.of('proxy');
  expect(JSON.stringify(proxy.HostConfig.Binds)).not.toContain('docker.sock');
  const wget = ['exec', '-T', 'web', '/berth/tools/busybox', 'wget', '-q', '-O', '-'];
  const inside = await project.attempt(...wget, 'http://proxy:8080/api/rawdata');
  expect([inside.code, inside.stderr]).toEqual([1, expect.stringMatching(/404|refused/)]);
});

test('two services share a network exactly where one connects to the other', async () => {
  const members = new Map<string, Set<string>>();
  for (const container of await project.containers())
    for (const [network] of networksOf(container)) {
      const known = members.get(network) ?? new Set();
      members.set(network, known.add(serviceOf(container)));
    }
  const pairs = [...members.values()].flatMap((services) =>
    [...services].flatMap((one) => [...services].flatMap((other) => (one < other ? [`${one} ${other}`] : []))),
  );
  expect([...new Set(pairs)].sort()).toEqual(PAIRS.map((pair) => pair.join(' ')));
});

test('the API reaches PostgreSQL and Redis, and the frontend neither, by name or by address', async () => {
  const reached = (from: string, ...ways: [string, number][]) =>
    Promise.all(ways.map(([to, port]) => connects(from, to, port)));
  const ports: [string, number][] = [
    ['postgres', 5432],
    ['redis', 6379],
  ];
  expect(await reached('api', ...ports)).toEqual([true, true]);
  expect(await reached('ai-service', ...ports)).toEqual([false, true]);
  const addresses: [string, number][] = [];
  for (const [service, port] of [...ports, ['api', 3000] as const]) {
    const [container] = await project.of(service);
    addresses.push([service, port]);
    for (const [, { IPAddress }] of networksOf(container)) addresses.push([IPAddress, port]);
  }
  expect(await reached('web', ...addresses)).toEqual(addresses.map(() => false));
});
