import { type Call, call, type Reply } from '../cluster/node/load';
import type { Reached } from './engine';
import { ComposeProject } from './project';

const HOST = 'pliers.localhost';
const REPLICAS = 3;
let project: ComposeProject;
let way: Reached;

const ask = (path: string, more: Partial<Call> = {}): Promise<Reply> => call(way, { host: HOST, path, ...more });
const post = (path: string) =>
  ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: 'hello' }),
  });

beforeAll(async () => {
  project = await ComposeProject.of('pliers', { proxy: { http: 18080 } }, (document) => {
    document.setIn(['services', 'api', 'scale', 'replicas'], REPLICAS);
  });
});

afterAll(() => project?.down());

test('web, API and AI service answer at the paths of the edge', async () => {
  await project.up();
  way = await project.at(18080);
  expect((await ask('/')).body).toContain('nginx');
  expect((await ask('/config.js')).body).toContain('"wsUrl": "ws://pliers.localhost/api"');
  expect(JSON.parse((await post('/api/notes')).body)).toEqual({ id: 1, cached: 1 });
  expect(JSON.parse((await post('/ai/ask')).body)).toEqual({ asked: 1, api: 'api' });
  expect((await call(way, { host: 'other.localhost', path: '/' })).status).toBe(404);
});
