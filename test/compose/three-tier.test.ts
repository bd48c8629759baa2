import { CANNOT_WRITE } from '../cluster/node/images';
import { type Call, call, type Reply } from '../cluster/node/load';
import { converse } from '../cluster/node/web-socket';
import type { Reached } from './engine';
import { ComposeProject } from './project';

const HOST = 'three-tier.localhost';
let project: ComposeProject;
let way: Reached;

const ask = (path: string, more: Partial<Call> = {}): Promise<Reply> => call(way, { host: HOST, path, ...more });

beforeAll(async () => {
  project = await ComposeProject.of('three-tier', { proxy: { http: 18200 }, ports: { api: 18201 } });
});

afterAll(() => project?.down());

test('notes are kept in the database, by each form of its address', async () => {
  await project.up();
  way = await project.at(18200);
  const note = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: 'hi' }),
  };
  expect(JSON.parse((await ask('/api/notes', note)).body)).toEqual({ id: 1 });
  expect(JSON.parse((await ask('/api/database')).body)).toEqual({
    url: 'three_tier@three_tier',
    npgsql: 'three_tier@three_tier',
  });
});

test('the frontend is told the addresses of API and chat', async () => {
  const { body } = await ask('/config.js');
  expect(JSON.parse(body.replace(/^window\.APP_CONFIG = |;\s*$/g, ''))).toEqual({
    API_URL: '/api',
    CHAT_URL: `ws://${HOST}/chat/stream`,
  });
});

test('a chat over the WebSocket arrives word by word, and ends with what the API says', async () => {
  const request = { host: HOST, path: '/chat/stream', text: 'word by word' };
  const said = await converse(way, request, (answer) => answer.includes('"end"'));
  expect(said.map(({ text }) => JSON.parse(text))).toEqual([
    ...['word', 'by', 'word'].map((text) => ({ text })),
    { end: true, notes: 1 },
  ]);
  expect((said[2]?.at ?? 0) - (said[0]?.at ?? 0)).toBeGreaterThan(150); // the proxy holds no frames back
});

test('nobody reaches the internal API through the proxy, however the path is written', async () => {
  const own = await project.at(18201);
  expect((await call(own, { host: 'localhost', path: '/api/internal/notes' })).body).toBe('{"notes":1}'); // it is there
  const paths = [
    '/api/internal',
    '/api/internal/notes',
    '/api/internal/',
    '/api/x/../internal/notes',
    '/api//internal/notes',
  ];
  const spelt = [
    '/api/%69nternal/notes',
    '/api%2Finternal/notes',
    '/api/internal%2Fnotes',
    '/api/internal;x/notes',
    '/API/Internal/notes',
  ];
  for (const path of [...paths, ...spelt]) {
    const { status, body } = await ask(path);
    expect([path, [400, 403, 404].includes(status), body.includes('"notes"')]).toEqual([path, true, false]);
  }
  expect((await ask('/api/notes')).status).toBe(200);
});

test('no log has a refused write', async () => {
  expect((await project.compose('logs', '--no-color')).match(CANNOT_WRITE)?.[0]).toBeUndefined();
});
