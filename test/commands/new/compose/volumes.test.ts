import { imported } from './support';

const app = (settings: string, others = '', files: Readonly<Record<string, string>> = {}) =>
  imported(`services:\n  app: { image: "x.io/app:1", ${settings} }\n${others}`, files);

test('a named volume is storage, whose size and backup are asked for', () => {
  const { services, notes } = app(
    'volumes: ["data:/var/lib/data/", { type: volume, source: more, target: /more }]',
    'volumes: { data: , more: }\n',
  );
  expect(services.app.storage).toEqual({ '/var/lib/data': '5Gi', '/more': '5Gi' });
  expect(notes).toEqual([
    'compose.yaml:2: data: becomes a volume of 5Gi: say the size that it needs, and outside development its backup',
    'compose.yaml:2: more: becomes a volume of 5Gi: say the size that it needs, and outside development its backup',
  ]);
});

test('volumes without a name and tmpfs are paths that are lost with the pod, beside /tmp', () => {
  const { services } = app(
    'volumes: [/cache, { type: tmpfs, target: /fast, tmpfs: { size: 1g } }], tmpfs: ["/run:size=16m"]',
  );
  expect(services.app.writes).toEqual({
    '/cache': '64Mi',
    '/fast': { size: '1Gi', memory: true },
    '/run': { size: '16Mi', memory: true },
    '/tmp': '64Mi',
  });
});

test('what an official image writes is writable, unless a volume is there', () => {
  const { services } = imported(
    'services:\n  a: { image: "wordpress:6.7" }\n  b: { image: "wordpress:6.7", volumes: ["q:/var/run/apache2"] }\nvolumes: { q: }\n',
  );
  expect(services.a.writes).toEqual({ '/var/run/apache2': '64Mi', '/tmp': '64Mi' });
  expect(services.b.writes).toEqual({ '/tmp': '64Mi' });
});

test('a small file is in the application file, beside what the image has there', () => {
  const { services } = app('volumes: ["./app.conf:/etc/app/app.conf:ro"]', '', { 'app.conf': 'level = 1\n' });
  expect(services.app.files).toEqual({ '/etc/app/app.conf': { text: 'level = 1\n', beside: true } });
});

test('a service that its files name is a connection', () => {
  const { services } = app('volumes: ["./nginx.conf:/etc/app/nginx.conf"]', '  api: { image: "x.io/api:1" }\n', {
    'nginx.conf': 'location / {\n  proxy_pass http://api:3000;\n}\n',
  });
  expect([services.app.connectsTo, services.api.port]).toEqual([['api'], 3000]);
});

test('what files name by another name is noted', () => {
  const { notes } = app('volumes: ["./a.conf:/etc/app/a.conf"]', '  db: { image: "postgres:16-alpine" }\n', {
    'a.conf': 'server db:5432\n',
  });
  expect(notes.join('\n')).toContain(
    'compose.yaml:2: files of app: name db, which has another host here: change it in files',
  );
});

test.each([
  ['./src', 'is a folder of this machine, which no node has', { 'src/a.txt': 'x' }],
  ['./none', 'does not exist here', {}],
  ['./large.txt', 'has 20000 bytes', { 'large.txt': 'x'.repeat(20_000) }],
  ['./zeros', 'is no text', { zeros: '\0' }],
  ['./id.pem', 'may have secrets', { 'id.pem': 'x' }],
  ['./app.ini', 'may have secrets', { 'app.ini': 'password = hunter2' }],
  ['./key.txt', 'may have secrets', { 'key.txt': '-----BEGIN RSA PRIVATE KEY-----' }],
])('%s %s', (source, message, files) => {
  const { services, notes } = app(`volumes: ["${source}:/etc/app/x"]`, '', files as Record<string, string>);
  expect(services.app.files).toBeUndefined();
  expect(notes).toEqual([expect.stringContaining(`compose.yaml:2: ${source}: ${message}`)]);
  expect(notes.join()).not.toContain('hunter2');
});

test('a volume of two services is that of the first one that writes to it', () => {
  const { services, notes } = app(
    'volumes: ["media:/media:ro"]',
    '  web: { image: "x.io/web:1", volumes: ["media:/srv/media"] }\n  worker: { image: "x.io/web:1", volumes: ["media:/media"] }\nvolumes: { media: }\n',
  );
  expect([services.app.storage, services.web.storage, services.worker.storage]).toEqual([
    undefined,
    { '/srv/media': '5Gi' },
    undefined,
  ]);
  expect([services.app.writes, services.worker.writes]).toEqual([undefined, { '/media': '64Mi', '/tmp': '64Mi' }]);
  expect(notes[0]).toContain(':2: media: is a volume of web and app, which share none here');
});

test('drivers, and volumes that exist already, are noted', () => {
  const { notes } = app('volumes: ["a:/a", "b:/b"]', 'volumes:\n  a: { driver: nfs }\n  b: { external: true }\n');
  expect(notes.slice(2)).toEqual([
    'compose.yaml:4: driver of a: say class, of a StorageClass of the cluster, in storage',
    'compose.yaml:5: b: exists already: copy its data into the new volume',
  ]);
});

test('several replicas with a volume are one, which is noted', () => {
  const { services, notes } = app('volumes: ["a:/a"], scale: 3', 'volumes: { a: }\n');
  expect(services.app.scale).toBeUndefined();
  expect(notes.join()).toContain('3 replicas of app: share a volume');
});
