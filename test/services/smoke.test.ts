import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { run } from '../../commands/shared/kubectl';
import type { Task } from '../../lib/model/task';
import { smoke } from '../../lib/parts/smoke/smoke';
import { sample } from '../construct';

const job = smoke({ name: 'shop', components: [sample()] }, { image: 'busybox', tag: '1.37.0' }) as Task;
/** The arguments of `/bin/sh`. */
const args = job.containers[0]?.command?.slice(1) ?? [];

const seen: string[] = [];
let server: Server;
let url: string;
/** How many requests are refused before the first that is not. */
let refused: number;

beforeEach(async () => {
  seen.length = 0;
  refused = 0;
  server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.host} ${request.headers['x-probe'] ?? ''}`);
    refused -= 1;
    response.writeHead(request.url === '/health' && refused < 0 ? 200 : 503).end('answer');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

/** Runs the command in BusyBox. */
const asked = (lines: readonly string[], seconds: number) =>
  run('busybox', ['sh', ...args], {
    env: { PATH: process.env.PATH, TARGETS: lines.join('\n'), WAIT_SECONDS: String(seconds) },
  });

test('it succeeds when every path answers, and sends the headers of a probe', async () => {
  const lines = [`api\tshop/api:v1\t${url}/health`, `admin\tshop/api:v2\t${url}/health\tHost: shop.test\tX-Probe: a b`];
  expect(await asked(lines, 0)).toEqual({
    code: 0,
    stdout: `ok: api (shop/api:v1): ${url}/health answers\nok: admin (shop/api:v2): ${url}/health answers\n`,
    stderr: '',
  });
  expect(seen).toEqual([`/health ${new URL(url).host} `, '/health shop.test a b']);
});

test('it waits for a path that does not answer yet', async () => {
  refused = 1;
  expect(await asked([`api\tshop/api:v1\t${url}/health`], 30)).toMatchObject({ code: 0 });
  expect(seen).toHaveLength(2);
});

test('it fails when a path does not answer in time, and asks the others', async () => {
  const { code, stdout, stderr } = await asked([`bad\tshop/bad:v1\t${url}/bad`, `api\tshop/api:v1\t${url}/health`], 0);
  expect({ code, stdout }).toEqual({ code: 1, stdout: `ok: api (shop/api:v1): ${url}/health answers\n` });
  expect(stderr).toMatch(/^FAILED: bad \(shop\/bad:v1\): .*\/bad: wget: server returned error: .* 503/);
});
