import { request as plain } from 'node:http';
import { request } from 'node:https';
import type { Reached } from './engine';
import { ComposeProject } from './project';

const HOST = 'three-tier.localhost';
let project: ComposeProject;

interface Answer {
  readonly status: number | undefined;
  readonly location: string | undefined;
}

function ask(send: typeof plain | typeof request, { address, port }: Reached, host: string): Promise<Answer> {
  const options = { host: address, port, path: '/', headers: { Host: host }, servername: host, timeout: 15_000 };
  return new Promise((resolve, reject) => {
    const sent = send({ ...options, rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, location: answer.headers.location });
    });
    sent.on('error', reject);
    sent.end();
  });
}

beforeAll(async () => {
  project = await ComposeProject.of('three-tier', {
    proxy: { http: 18400, https: 18443, email: 'ops@example.com' },
  });
});

afterAll(() => project?.down());

test("with the address for Let's Encrypt, HTTP leads to HTTPS, and HTTPS answers for the host", async () => {
  await project.compose('up', '--detach', '--wait', '--wait-timeout', '60', 'proxy', 'web');
  const [http, https] = [await project.at(18400), await project.at(18443)];
  expect(await ask(plain, http, HOST)).toEqual({ status: 301, location: `https://${HOST}/` });
  expect((await ask(request, https, HOST)).status).toBe(200);
  expect((await ask(request, https, 'other.localhost')).status).toBe(404);
});

test('certificates are kept in a volume of the proxy', async () => {
  const [proxy] = await project.of('proxy');
  expect(proxy.State.Health.Status).toBe('healthy');
  const kept = await project.compose('run', '--rm', '-T', '--no-deps', 'prepare', 'ls', '-ln', '/volumes/certificates');
  expect(kept).toMatch(/^-rw------- +1 65532 +65532 .* acme\.json$/m);
});
