import { chmodSync } from 'node:fs';
import { get, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { folderWith } from '../support';
import { objectsOf, pliersSettings, pliersSystem } from '../systems';
import { openLab, type Pod } from './lab';
import { IMAGES, imageName } from './lab/images';

// The web frontend of Pliers with a CDN, on a real nginx. That of applications has the same configuration, without the header for a CDN.

const PAGE = '<script type="module" src="/assets/index-a1b2c3d4.js"></script>';
const SCRIPT = 'export const answer = 42;';
const KEPT = 'public, max-age=31536000, immutable';
const READABLE = 'https://pliers.example.com';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let pod: Pod;

function ask(path: string, headers: RequestOptions['headers'] = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = get({ host: pod.address, port: 80, path, headers, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    sent.on('error', reject);
  });
}

beforeAll(async () => {
  const { services, ...settings } = pliersSettings('prod');
  const web = { ...services.web, cdn: 'https://cdn.example.com' };
  const system = pliersSystem('prod', { ...settings, services: { ...services, web } });
  const files = folderWith({ 'index.html': PAGE, 'favicon.svg': '<svg/>', 'assets/index-a1b2c3d4.js': SCRIPT });
  chmodSync(files, 0o755); // nginx is another user
  const image = { ...IMAGES.nginx, files: { ...IMAGES.nginx?.files, '/usr/share/nginx/html': files } };
  const lab = await openLab(objectsOf(system), { [imageName(web.image)]: image });
  pod = await lab.start('pliers-prod', 'web');
});

test('an asset is kept for a year, and the page may read it from another host, whoever asks first', async () => {
  for (const headers of [{}, { Origin: READABLE }, { Origin: 'https://other.example.com' }]) {
    const { status, headers: got, body } = await ask('/assets/index-a1b2c3d4.js', headers);
    expect({ status, body }).toEqual({ status: 200, body: SCRIPT });
    expect(got).toMatchObject({ 'cache-control': KEPT, 'access-control-allow-origin': READABLE });
    expect(got['content-type']).toMatch(/javascript$/);
  }
});

test('so are its parts, and the answer that it is still the same', async () => {
  const { headers } = await ask('/assets/index-a1b2c3d4.js');
  const part = await ask('/assets/index-a1b2c3d4.js', { Range: 'bytes=0-5' });
  expect({ ...part, headers: part.headers['cache-control'] }).toEqual({ status: 206, headers: KEPT, body: 'export' });
  const same = await ask('/assets/index-a1b2c3d4.js', { 'If-None-Match': headers.etag });
  expect([same.status, same.headers['cache-control']]).toEqual([304, KEPT]);
});

test.each(['/assets/index-00000000.js', '/assets/', '/assets/images/'])(
  'what is not there is an error that nobody keeps: %s',
  async (path) => {
    const { status, headers, body } = await ask(path);
    expect([403, 404]).toContain(status);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).not.toContain('module');
  },
);

test.each(['/', '/index.html', '/a/page/of/the/app', '/favicon.svg'])('a browser asks again for %s', async (path) => {
  const { status, headers, body } = await ask(path);
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-cache');
  expect(headers).not.toHaveProperty('access-control-allow-origin');
  expect(body).toBe(path.endsWith('.svg') ? '<svg/>' : PAGE);
  expect((await ask(path, { 'If-None-Match': headers.etag })).status).toBe(304);
});

test('the settings of the environment are never kept', async () => {
  const { status, headers, body } = await ask('/config.js');
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(headers['content-type']).toBe('application/javascript');
  expect(body).toContain('"cdnUrl": "https://cdn.example.com"');
});

test('it listens by IPv6, too', async () => {
  const { stdout } = await pod.exec(['cat', '/proc/net/tcp6']);
  expect(stdout).toMatch(/^ *\d+: 0{32}:0050 /m);
});
