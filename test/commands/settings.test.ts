import { parse } from 'yaml';
import { registry } from '../../charts';
import program from '../../commands/settings';
import { loadEnvironments } from '../../lib/config/load';
import { folderWith, PROJECT, runHere } from '../support';

const BASE = `pattern: 3-tier
defaults: { registry: ghcr.io/acme, user: 1001 }
services:
  api: { env: { MODE: 0755, LIST: "a, [b]", LONG: "one\\ntwo\\n" } }
  web:
    image: ghcr.io/acme/portal
  mailer:
    port: 8025
    health: { http: /up, every: 30s }
`;

const root = folderWith({
  'environments/kiosk.yaml': BASE,
  'environments/dev/kiosk.yaml':
    'hosts: { app: kiosk.localhost }\ndefaults: { tag: v1.0.0 }\nservices: { web: { tag: v2.0.0 } }\n',
  'environments/prod/environment.yaml': `tier: production
applications:
  edge: { kind: traefik, issuer: letsencrypt }
  secrets: { kind: manual }
  backups: { none: a test }
`,
  'environments/prod/kiosk.yaml': `hosts: { app: kiosk.example.com }
defaults: { tag: v1.0.0 }
database: { kind: external, host: db.example.com, addresses: [10.9.0.0/24], unverified: tests use no certificate }
`,
});

async function printed(env: string, system = 'kiosk', folder = root): Promise<string> {
  const { stdout, stderr, status } = await runHere(program, folder, ['--env', env, '--system', system]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** The lines with a text, without the blanks between a value and its place. */
function lines(text: string, part: string): string[] {
  const found = text.split('\n').filter((line) => line.includes(part));
  return found.map((line) => line.trim().replace(/\s+# /, ' # '));
}

describe('the place of each value', () => {
  test.each([
    ['own file', 'host: db.example.com', 'environments/prod/kiosk.yaml:3'],
    ['base', 'image: ghcr.io/acme/portal', 'environments/kiosk.yaml:6'],
    ['environment.yaml', 'issuer: letsencrypt', 'environments/prod/environment.yaml:3'],
    ['preset of the pattern', 'health: /health', 'preset api'],
    ['tier', 'logLevel: warning', 'tier production'],
    ['nothing but the size that every service has', 'cpu: 100m..500m', 'built in'],
    ['schema, in the words of files', 'timeout: 10m', 'default'],
    ['defaults of the base', 'user: 1001', 'environments/kiosk.yaml:2'],
    ['defaults, for images without a registry', 'image: ghcr.io/acme/api', 'environments/kiosk.yaml:2'],
    ['defaults, for images without a tag', 'tag: v1.0.0', 'environments/prod/kiosk.yaml:2'],
  ])('%s', async (_, value, place) => {
    expect(lines(await printed('prod'), value)).toContain(`${value} # ${place}`);
  });

  test('the own tag of a service, in another environment', async () => {
    const text = await printed('dev');
    expect(lines(text, 'tag: v2.0.0')).toEqual(['tag: v2.0.0 # environments/dev/kiosk.yaml:3']);
    expect(lines(text, 'scale: { replicas: 1 }')[0]).toBe('scale: { replicas: 1 } # tier development');
  });

  test('lists and mappings of one place are on one line, and long texts below their key', async () => {
    const text = await printed('prod');
    expect(lines(text, 'writes: ')).toContain('writes: [/var/cache/nginx, /run, /tmp] # preset web');
    expect(lines(text, 'LONG: ')).toEqual(['LONG: | # environments/kiosk.yaml:4']);
    expect(text).toMatch(/\n {6}LONG: \| +# .*\n {8}one\n {8}two\n/);
  });
});

/** The checked settings of a project's one environment. */
function loaded(folder: string, env: string, system: string): unknown {
  const { schemas } = registry.in(folder);
  return loadEnvironments(folder, [env], schemas).find((one) => one.system === system)?.values;
}

test.each(['dev', 'prod'])('what it prints for %s is a file with the same settings', async (env) => {
  const text = await printed(env);
  const copy = folderWith({ [`environments/${env}/kiosk.yaml`]: text });
  expect(parse(text).services.api.env.MODE).toBe('0755');
  const { defaults: _, ...others } = loaded(root, env, 'kiosk') as Record<string, unknown>;
  expect(loaded(copy, env, 'kiosk')).toMatchObject(others);
});

test('what checks add for other code is no setting', async () => {
  const { health } = parse(await printed('prod')).services.mailer;
  expect(health).toEqual({ http: '/up', every: '30s', timeout: '3s', failures: 3, start: '120s' });
});

describe('systems in TypeScript', () => {
  test('a value of the file has its line, and any other one is a default', async () => {
    const text = await printed('prod', 'salient', PROJECT);
    expect(text).toMatch(/(^|\n)backend: \{ image: .* \} # environments\/prod\/salient\.yaml:\d+\n/);
    expect(lines(text, 'refresh: 1h')).toEqual(['refresh: 1h # default']);
  });

  test('entries of its lists have the lines of their own file', async () => {
    expect(await printed('prod', 'salient', PROJECT)).toMatch(
      /\ntenants:\n(.*\n)* +- .*slug: acme.* # environments\/prod\/tenants\.yaml:\d+\n/,
    );
  });

  test.each(['salient', 'pliers', 'ephitup', 'platform'])('what it prints for %s is YAML', async (system) => {
    expect(Object.keys(parse(await printed('prod', system, PROJECT))).length).toBeGreaterThan(3);
  });
});

describe('what it refuses', () => {
  test.each([
    [['--env', 'prod'], /^--system: is missing/],
    [['--env', 'prod', '--system', 'kioskp'], /^--system: given "kioskp", expected one of .*did you mean kiosk\?/],
    [['--env', 'dev', '--system', 'pliers'], /^--system: environments\/dev has no pliers\.yaml\n$/],
  ])('%j', async (args, why) => {
    const { status, stderr, stdout } = await runHere(program, root, args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(why);
  });
});

test('what follows from requirements has its arithmetic behind it, and all of it stands below', async () => {
  const asking = folderWith({
    'environments/prod/orders.yaml': `pattern: microservices
hosts: { app: orders.example.com }
services: { api: { image: ghcr.io/acme/api, tag: v1.0.0, port: 80, exposed: /, cpu: 500m..1 } }
requirements: { requestsPerSecond: 500, headroom: 2 }
edge: { kind: traefik, issuer: letsencrypt }
`,
  });
  const text = await printed('prod', 'orders', asking);
  expect(lines(text, 'scale:')).toEqual([
    'scale: { min: 4, max: 30, cpu: 70 } # requirements.requestsPerSecond: min = max(2, ⌈15 × 25 %⌉) = 4, max = max(4, ⌈15 × 2⌉) = 30',
  ]);
  expect(text.slice(text.indexOf('# What follows')).split('\n')).toEqual([
    '# What follows from requirements:',
    '# pods of api at the peak, by CPU: 15 = ⌈500 × 0.01 / (0.5 × 0.7)⌉ (requirements.requestsPerSecond; Kubernetes, Horizontal Pod Autoscaling)',
    '# least pods of api: 4 = max(2, ⌈15 × 25 %⌉) (requirements.assumed.quietLoad)',
    '# most pods of api: 30 = max(4, ⌈15 × 2⌉) (requirements.headroom)',
    '',
  ]);
  expect(parse(text).services.api.scale).toEqual({ min: 4, max: 30, cpu: 70 });
});
