import { type Call, call } from '../cluster/node/load';
import type { Reached } from './engine';
import { ComposeProject } from './project';

let project: ComposeProject;
let way: Reached;

const post = async (): Promise<unknown> => {
  const request: Call = {
    host: 'localhost',
    path: '/api/notes',
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: 'hello' }),
  };
  const { status, body } = await call(way, request);
  return status === 200 ? JSON.parse(body) : `${status} ${body}`;
};
const job = (name: string, env: Readonly<Record<string, string>> = {}) =>
  project.compose(
    'run',
    '--rm',
    '-T',
    ...Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    name,
  );
const sql = (query: string) => project.exec('postgres', 'psql', '-U', 'postgres', '-d', 'pliers', '-Atc', query);
const redis = (...words: string[]) => project.exec('redis', 'redis-cli', ...words);

beforeAll(async () => {
  project = await ComposeProject.of('pliers', { ports: { api: 18100 } }, (document) => {
    document.set('backups', document.createNode({ repository: '/backups', claim: 'backups' }));
  });
  await project.up();
  way = await project.at(18100);
});

afterAll(() => project?.down());

test('PostgreSQL and Redis are dumped into one volume, though their tasks have different users', async () => {
  expect(await post()).toEqual({ id: 1, cached: 1 });
  expect(await post()).toEqual({ id: 2, cached: 2 });
  await job('backup');
  await job('redis-backup');
});

test('a restore brings the rows back', async () => {
  await sql('DELETE FROM notes');
  expect((await sql('SELECT count(*) FROM notes')).trim()).toBe('0');
  await job('restore', { TENANT: 'admin' });
  expect((await sql('SELECT count(*) FROM notes')).trim()).toBe('2');
});

test('a restore brings the keys of Redis back, which its dump got by BGSAVE', async () => {
  await redis('DEL', 'notes');
  expect((await redis('GET', 'notes')).trim()).toBe('');
  await job('redis-restore');
  expect((await redis('GET', 'notes')).trim()).toBe('2');
});

test('drills restore both', async () => {
  await job('restore-drill');
  await job('redis-restore-drill');
});
