import { appWith, imported } from './support';

describe('image, build, platform', () => {
  test.each([
    ['nginx:1.27', { image: 'docker.io/library/nginx', tag: '1.27' }],
    ['acme/api:2', { image: 'docker.io/acme/api', tag: '2' }],
    [
      `quay.io/acme/api:v1@sha256:${'a'.repeat(64)}`,
      { image: 'quay.io/acme/api', tag: 'v1', digest: `sha256:${'a'.repeat(64)}` },
    ],
  ])('%s', (image, expected) => {
    expect(imported(`services: { app: { image: "${image}" } }`).services.app).toMatchObject(expected);
  });

  test('a missing tag, and one that names no version, are asked for', () => {
    const { images, notes } = imported('services:\n  a: { image: nginx }\n  b: { image: "nginx:alpine" }\n');
    expect([images.get('a'), images.get('b')]).toEqual([
      expect.objectContaining({ tag: undefined, place: 'nowhere' }),
      expect.objectContaining({ tag: 'alpine', place: 'development' }),
    ]);
    expect(notes).toEqual([
      'compose.yaml:2: image of a: has no tag: say a version in tag of services.a',
      'compose.yaml:3: image of b: has the tag alpine, which may be another image tomorrow: say a version in tag of services.b',
    ]);
  });

  test('services with the same build have one image, that of the one with a port', () => {
    const { services, notes } = imported(
      'services:\n  worker: { build: . }\n  web: { build: ., ports: ["80:80"] }\n  other: { build: ./x }\n',
    );
    expect([services.worker.image, services.web.image, services.other.image]).toEqual([
      'ghcr.io/acme/kiosk-web',
      'ghcr.io/acme/kiosk-web',
      'ghcr.io/acme/kiosk-other',
    ]);
    expect(notes[0]).toBe(
      'compose.yaml:2, 3: build: images come from a registry: build it, push it as ghcr.io/acme/kiosk-web with a tag, and say that in each environment',
    );
  });

  test('a variable without a value in an image is asked for; one of the file .env has its value', () => {
    const text = `services: { app: { image: "\${REGISTRY}/app:\${TAG}" } }`;
    expect(imported(text).notes[0]).toContain('image of app: has a variable without a value: expected its repository');
    expect(imported(text, { '.env': 'REGISTRY=quay.io/acme\nTAG=1.4\n' }).services.app).toMatchObject({
      image: 'quay.io/acme/app',
      tag: '1.4',
    });
  });

  test('a platform is a label of nodes', () => {
    expect(appWith('platform: linux/arm64').services.app.nodes).toEqual({ 'kubernetes.io/arch': 'arm64' });
  });
});

describe('entrypoint, command, working_dir, user', () => {
  test.each([
    ['npm run start', 'npm run start'],
    ['sh -c "a && b"', ['sh', '-c', 'a && b']],
    ["echo 'one two' three\\ four", ['echo', 'one two', 'three four']],
    ['[node, "a b.js"]', ['node', 'a b.js']],
    ['["echo", "$$HOME"]', ['echo', '$HOME']],
  ])('the command %s', (given, expected) => {
    expect(appWith(`command: ${given}\nentrypoint: ${given}`).services.app).toMatchObject({
      command: expected,
      entrypoint: expected,
    });
  });

  test('a command with a password, or with a variable without a value, is left out and noted', () => {
    const { services, notes } = imported(
      `services:\n  a: { image: "x.io/a:1", command: "serve --token hunter2" }\n  b: { image: "x.io/b:1", command: "serve --port \${PORT}" }\n`,
    );
    expect([services.a.command, services.b.command]).toEqual([undefined, undefined]);
    expect(notes).toEqual([
      expect.stringMatching(/^compose\.yaml:2: command of a: is left out, since a password is in it/),
      'compose.yaml:3: command of b: is left out: PORT has no value here',
    ]);
  });

  test.each([
    ['1000:1000', 1000, undefined],
    ['node', undefined, 'is no number: say that of node'],
    ['0', undefined, 'is root'],
    ['root', undefined, 'is root'],
  ])('the user %s', (user, expected, note) => {
    const { services, notes } = appWith(`user: "${user}"`);
    expect(services.app.user).toBe(expected);
    expect(notes.join()).toContain(note ?? '');
  });

  test('working_dir is noted', () => {
    expect(appWith('working_dir: /app').notes).toEqual(['compose.yaml:4: working_dir: say it in the image: WORKDIR']);
  });
});

describe('ports, expose', () => {
  test('a single port, several ports, and ports that only others dial', () => {
    const { services } = imported(`services:
  one: { image: "x.io/one:1", ports: ["8080:3000"], environment: { THREE: "http://three:7070", BACK: "two:9090" } }
  two: { image: "x.io/two:1", expose: [4000] }
  three: { image: "x.io/three:1" }
`);
    expect(services.one.port).toBe(3000);
    expect(services.two.ports).toEqual({ http: 4000, 'port-9090': 9090 });
    expect(services.one.env).toEqual({ THREE: { url: 'three' }, BACK: { address: 'two', port: 'port-9090' } });
    expect(services.three.port).toBe(7070);
  });

  test.each([
    ['- "8080:80"', 80],
    ['- 127.0.0.1:8080:80', 80],
    ['- "[::1]:8080:80"', 80],
    [`- "\${PORT}:80"`, 80],
    ['- { target: 80, published: 8080 }', 80],
    ['- "80"', 80],
  ])('%s', (port, expected) => {
    expect(appWith(`ports:\n  ${port}`).services.app.port).toBe(expected);
  });

  test('a range is several ports, of which one note tells; a port without a number is asked for', () => {
    const { services, notes } = appWith(`ports: ["9000-9002:9000-9002", "\${PORT}"]`);
    expect(services.app.ports).toEqual({ http: 9000, 'port-9001': 9001, 'port-9002': 9002 });
    expect(notes).toEqual([
      'compose.yaml:4: port of app: has a variable without a value, or is no port: say port of services.app',
      expect.stringMatching(/^compose\.yaml:4: published port 9001, 9002: nothing is published in a cluster/),
    ]);
  });

  test('80 is exposed rather than any other port; others that are published are noted', () => {
    const { services, notes } = imported(`services:
  api: { image: "x.io/api:1", ports: ["5000:5000"] }
  site: { image: "x.io/site:1", ports: ["80:8080", "443:8443", "9229:9229", "53:53/udp"] }
`);
    expect([services.api.exposed, services.site.exposed, services.site.port]).toEqual([undefined, '/', 8080]);
    expect(notes.map((line: string) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'compose.yaml:2: published port 5000',
      'compose.yaml:3: port 53/udp',
      'compose.yaml:3: port 8443',
      'compose.yaml:3: port 9229',
    ]);
  });

  test('without 80, what browsers open is exposed; without that the first port of HTTP', () => {
    const of = (second: string) =>
      imported(
        `services:\n  api: { image: "x.io/api:1", ports: ["5000:5000"] }\n  ${second}: { image: "x.io/b:1", ports: ["3000:3000"] }\n`,
      ).services;
    expect(of('frontend').frontend.exposed).toBe('/');
    expect(of('jobs').api.exposed).toBe('/');
  });
});

describe('healthcheck', () => {
  test.each([
    ['test: curl -f http://localhost:8080/healthz || exit 1', '/healthz'],
    ['test: [CMD, wget, --spider, "http://127.0.0.1:8080"]', '/'],
    ['test: [CMD-SHELL, "nc -z localhost 8080"]', 'tcp'],
    ['test: [CMD, grpc_health_probe, "-addr=:8080"]', 'grpc'],
    ['test: [CMD, ./check, --fast]', { command: ['./check', '--fast'] }],
    ['test: ./check | grep up', { command: ['sh', '-c', './check | grep up'] }],
    ['test: curl -k https://localhost:8080/', { command: ['sh', '-c', 'curl -k https://localhost:8080/'] }],
    [
      'test: curl localhost:8080/up\ninterval: 1m30s\ntimeout: 500ms\nretries: 5\nstart_period: 5m',
      { http: '/up', every: '90s', timeout: '1s', failures: 5, start: '750s' },
    ],
    ['disable: true', undefined],
    ['test: NONE', { command: ['sh', '-c', 'NONE'] }],
    ['test: [NONE]', undefined],
  ])('%s', (check, expected) => {
    expect(appWith(`expose: ["8080"]\nhealthcheck:\n${check.replace(/^/gm, '  ')}`).services.app.health).toEqual(
      expected,
    );
  });

  test('a port that only a check tells is a port of the service', () => {
    const { services } = appWith('healthcheck: { test: "curl localhost:8080/up?full=1" }');
    expect(services.app).toMatchObject({
      port: 8080,
      health: { command: ['sh', '-c', 'curl localhost:8080/up?full=1'] },
    });
  });

  test('start_interval is noted', () => {
    expect(appWith('healthcheck: { test: ./check, start_interval: 2s }').notes).toEqual([
      'compose.yaml:4: start_interval: a start is asked every 5 seconds',
    ]);
  });
});

describe('depends_on, networks', () => {
  const two = (app: string, other: string) =>
    imported(
      `services:\n  app: { image: "x.io/app:1", ${app} }\n  other: { image: "x.io/other:1", ${other} }\nnetworks: { a: , b: { driver: overlay } }\n`,
    );

  test('a connection that no variable makes; the order is noted', () => {
    const { services, notes } = two('depends_on: [other]', 'expose: [80]');
    expect(services.app.connectsTo).toEqual(['other']);
    expect(notes[0]).toMatch(/^compose\.yaml:2: order of depends_on: pods start together/);
    expect(
      two('depends_on: [other], environment: { OTHER: "http://other" }', '').services.app.connectsTo,
    ).toBeUndefined();
  });

  test('none to a service without a port, which is noted', () => {
    const { services, notes } = two('depends_on: { other: { condition: service_started } }', 'command: work');
    expect(services.app.connectsTo).toBeUndefined();
    expect(notes.join('\n')).toContain(
      ':2: connection of app to other: other has no port: if it listens, say services.other.port',
    );
  });

  test('none between services that share no network, whose drivers are noted', () => {
    const { services, notes } = two(
      'networks: [a], depends_on: [other], environment: { OTHER: "http://other" }',
      'networks: { b: { ipv4_address: 10.1.0.2 } }, expose: [80]',
    );
    expect(services.app).toMatchObject({ env: { OTHER: { url: 'other', connect: false } } });
    expect(services.app.connectsTo).toBeUndefined();
    expect(notes.join('\n')).toMatch(/:3: ipv4_address: .*\n.*:4: network b: driver: /);
  });

  test('a name of a container, a host or an alias is that of its service', () => {
    const { services } = two(
      'environment: { A: "http://box", B: "http://host", C: "http://alias" }',
      'container_name: box, hostname: host, networks: { default: { aliases: [alias] } }',
    );
    expect(services.app.env).toEqual({
      A: { url: 'other' },
      B: { url: 'other' },
      C: { url: 'other' },
    });
  });
});

describe('deploy and sizes', () => {
  test.each([
    ['cpus: 0.5\nmem_limit: 512m', { cpu: '100m..500m', memory: '512Mi' }],
    [
      'deploy: { resources: { limits: { cpus: "2", memory: 2g }, reservations: { cpus: "0.25", memory: 512M } } }',
      { cpu: '250m..2', memory: '512Mi..2Gi' },
    ],
    ['deploy: { replicas: 3 }', { scale: { replicas: 3 } }],
    ['scale: 2', { scale: { replicas: 2 } }],
    ['gpus: all', { gpu: 1 }],
    ['deploy: { resources: { reservations: { devices: [{ count: 2, capabilities: [gpu] }] } } }', { gpu: 2 }],
    ['stop_grace_period: 1m', { shutdown: { drain: '60s' } }],
  ])('%s', (given, expected) => {
    expect(appWith(given).services.app).toMatchObject(expected);
  });

  test('placement, updates and restarts are noted', () => {
    const { notes } = appWith(
      'deploy:\n  placement: { constraints: [] }\n  update_config: { parallelism: 1 }\n  restart_policy: { condition: any }',
    );
    expect(notes.map((line: string) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'compose.yaml:5: deploy.placement',
      'compose.yaml:6: deploy.update_config',
      'compose.yaml:7: deploy.restart_policy',
    ]);
  });
});

describe('secrets, configs', () => {
  test('they are files; a secret of elsewhere is asked for', () => {
    const { base, services, notes } = imported(
      `services:
  app:
    image: x.io/app:1
    secrets: [db_password, { source: api, target: /etc/app/api }]
    configs: [{ source: settings, target: /etc/app.d/settings.ini }, root]
secrets: { db_password: { file: ./secret.txt }, api: { external: true } }
configs: { settings: { file: ./settings.ini }, root: { content: x } }
`,
      { 'secret.txt': 'hunter2', 'settings.ini': 'level = 1\n' },
    );
    expect(services.app.files).toEqual({
      '/run/secrets/db_password': { secret: 'db-password' },
      '/etc/app/api': { secret: 'api' },
      '/etc/app.d/settings.ini': { text: 'level = 1\n', beside: true },
    });
    expect(base.sharedSecrets).toEqual({
      'db-password': { remote: 'db-password', about: 'the secret db_password' },
      api: { remote: 'api', about: 'the secret api' },
    });
    expect(notes).toEqual([
      expect.stringContaining(':5: config root: is at /root: a file needs a folder'),
      expect.stringContaining(
        ':6: secret api: is kept elsewhere: say its key in your store in sharedSecrets.api.remote',
      ),
    ]);
  });
});

describe('profiles, models', () => {
  test('a profile is in development alone, unless a service of no profile names it', () => {
    const text = (env: string) =>
      `services:\n  app: { image: "x.io/app:1"${env} }\n  tool: { image: "x.io/tool:1", profiles: [tools], expose: [80] }\n  load: { image: "x.io/load:1", profiles: [tools], restart: "no" }\n`;
    const { services, development } = imported(text(''));
    expect([Object.keys(services), Object.keys(development)]).toEqual([['app'], ['tool', 'load']]);
    expect(development.load).toMatchObject({ runs: 'by-hand' });
    expect(Object.keys(imported(text(', environment: { T: "http://tool" }')).services)).toEqual(['app', 'tool']);
  });

  test('a model is served by Ollama', () => {
    const { services } = appWith(
      'models: { small: { endpoint_var: MODEL_AT, model_var: MODEL } }',
      'models: { small: { model: ai/smollm2 } }',
    );
    expect(services.app).toMatchObject({
      llm: { provider: 'ollama', endpoint: 'ollama', model: 'ai/smollm2' },
      env: { MODEL_AT: { url: 'ollama', path: '/v1' }, MODEL: 'ai/smollm2' },
    });
    expect(services.ollama).toMatchObject({ port: 11434, storage: { '/models': '20Gi' } });
  });
});

describe('what runs once', () => {
  test('it runs before a deployment, in its order', () => {
    const { services } = imported(`services:
  migrate: { image: "x.io/app:1", restart: "no", command: migrate }
  seed: { image: "x.io/app:1", depends_on: { migrate: { condition: service_completed_successfully } }, restart: "no" }
  app: { image: "x.io/app:1", ports: ["80:80"], depends_on: { seed: { condition: service_completed_successfully } } }
`);
    expect(services.migrate).toMatchObject({ runs: 'before-deploy', command: 'migrate' });
    expect(services.seed).toMatchObject({ runs: 'before-deploy', after: ['migrate'] });
    expect(services.app.runs).toBeUndefined();
  });

  test('hooks before a start are containers of init; those after it and before its end are noted', () => {
    const { services, notes } = appWith(
      'pre_start: [{ command: prepare, environment: { LEVEL: 1, API_TOKEN: x } }]\npost_start: [{ command: a }]\npre_stop: [{ command: b }]',
    );
    expect(services.app.init).toEqual({
      'pre-start-1': { image: 'ghcr.io/acme/app', command: 'prepare', env: { LEVEL: '1' } },
    });
    expect(notes.map((line: string) => line.split(': ')[1])).toEqual([
      'API_TOKEN of pre_start',
      'post_start',
      'pre_stop',
    ]);
  });
});

test.each([
  'privileged: true',
  'cap_add: [NET_ADMIN]',
  'network_mode: host',
  'pid: host',
  'ipc: host',
  'devices: [/dev/fuse]',
  'sysctls: { net.core.somaxconn: 1 }',
  'extra_hosts: ["a:10.0.0.1"]',
  'dns: 8.8.8.8',
  'links: [other]',
  'labels: { a: b }',
  'logging: { driver: none }',
  'ulimits: { nofile: 1 }',
])('%s is noted by its name, and changes nothing', (given) => {
  const { notes, services } = appWith(given);
  expect(notes).toEqual([expect.stringMatching(new RegExp(`^compose\\.yaml:4: ${given.split(':')[0]}: \\w`))]);
  expect(services.app).toEqual(appWith('').services.app);
});

test.each([
  'restart: always',
  'container_name: a',
  'tty: true',
  'stdin_open: true',
  'read_only: true',
  'cap_drop: [ALL]',
  'privileged: false',
  'x-own: 1',
])('nothing is lost with %s', (given) => {
  expect(appWith(given).notes).toEqual([]);
});

test('names that services cannot have are changed, in texts too', () => {
  const { services, notes } = imported(`services:
  My_API: { image: "x.io/a:1", expose: [80] }
  queue: { image: "bitnami/rabbitmq:4.0" }
  migrations: { image: "x.io/a:1", restart: "no", environment: { ALL: "My_API:80,queue:5672" } }
`);
  expect(Object.keys(services)).toEqual(['my-api', 'own-queue', 'run-migrations']);
  expect(services['run-migrations'].env).toEqual({ ALL: 'my-api:80,own-queue:5672' });
  expect(services['run-migrations'].connectsTo).toEqual(['my-api', 'own-queue']);
  expect(notes).toHaveLength(3);
});

test('what serves the containers of Docker is left out', () => {
  const { services, notes } = imported(
    'services:\n  app: { image: "x.io/a:1" }\n  proxy: { image: "traefik:v3", ports: ["80:80"], volumes: ["/var/run/docker.sock:/var/run/docker.sock"] }\n',
  );
  expect(Object.keys(services)).toEqual(['app']);
  expect(notes).toEqual([
    expect.stringContaining(':3: proxy: it serves the containers of Docker by its socket, and is left out'),
  ]);
});

test('anchors, merge keys and extends are read, with the places of what they take', () => {
  const { services, notes } = imported(
    `x-common: &common
  labels: { a: b }
  environment: &env { LEVEL: info }
services:
  a: { <<: *common, image: "x.io/a:1", environment: { <<: *env, NAME: a } }
  b: { extends: a, environment: [NAME=b], ports: ["80:80"] }
  c: { extends: { file: base.yaml, service: base }, command: run }
`,
    { 'base.yaml': 'services: { base: { image: "x.io/base:2", command: other, expose: [90] } }\n' },
  );
  expect(services.a.env).toEqual({ LEVEL: 'info', NAME: 'a' });
  expect(services.b).toMatchObject({ image: 'x.io/a', env: { LEVEL: 'info', NAME: 'b' }, port: 80 });
  expect(services.c).toMatchObject({ image: 'x.io/base', command: 'run', port: 90 });
  expect(notes).toEqual([expect.stringMatching(/^compose\.yaml:2, 6: labels: /)]);
});
