import { parse } from 'yaml';
import { type ComponentProps, component } from '../../../../lib/model/component';
import { Config } from '../../../../lib/model/config';
import { addresses, internet, to } from '../../../../lib/model/connection';
import { Secret } from '../../../../lib/model/secret';
import type { Site } from '../../../../lib/model/site';
import { type System, type SystemProps, system } from '../../../../lib/model/system';
import { task } from '../../../../lib/model/task';
import { Duration, Size } from '../../../../lib/model/units';
import { type ComposeOptions, composeOf } from '../../../../lib/targets/compose/compose';
import type { Any } from '../../../support';

const resources = { cpu: { request: '100m', limit: '500m' }, memory: { request: '64Mi', limit: '128Mi' } };
const image = { image: 'example.com/app', tag: 'v1.0.0' };

const part = (name: string, props: Partial<ComponentProps> = {}) =>
  component({
    system: 'kiosk',
    namespace: 'kiosk-dev',
    name,
    image,
    scale: {},
    resources,
    ports: { http: 8080 },
    ...props,
  });

const job = (name: string, props: object = {}) =>
  task({
    system: 'kiosk',
    namespace: 'kiosk-dev',
    name,
    deadline: Duration.minutes(5),
    containers: [{ name, image, resources }],
    ...props,
  });

function made(props: Partial<SystemProps>): System {
  return system({
    name: 'kiosk',
    instance: 'kiosk-dev',
    tier: 'development',
    environment: 'development',
    placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
    edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'ingress-nginx', labels: {} } },
    dnsCaches: [],
    components: [],
    ...props,
  });
}

const NOTHING: ComposeOptions = { ports: {}, env: {}, build: {} };

function composed(props: Partial<SystemProps>, options: Partial<ComposeOptions> = {}) {
  const files = composeOf(made(props), { ...NOTHING, ...options });
  const text = files.get('compose.yaml') as string;
  return { files, text, document: parse(text) as Any, services: (parse(text) as Any).services };
}

const development = { kind: 'development', revision: 0 } as const;
const manual = { kind: 'manual', revision: 0 } as const;

const secretOf = (source: Any, values: Any, name = 'kiosk-credentials') =>
  new Secret({ namespace: 'kiosk-dev', name, externalName: `${name}-external`, source, values });

/** A variable of `.env` in a compose file. */
const variable = (name: string, rest: string) => `\${${name}${rest}}`;

describe('networks', () => {
  const db = part('db');
  const services = composed({
    components: [
      part('api', { connectsTo: [to(db), internet(443)] }),
      part('web'),
      part('bank', { connectsTo: [addresses('the bank', ['10.0.0.0/8'], 443)] }),
      db,
    ],
  });

  test('a service without connections has none', () => {
    expect(services.services.web).toMatchObject({ network_mode: 'none' });
  });

  test('networks of connections lead nowhere else', () => {
    expect(services.document.networks).toEqual({ api_db: { internal: true }, api_outside: {}, bank_outside: {} });
    expect(services.services.db.networks).toEqual(['api_db']);
  });

  test('whoever leaves the machine has a network of its own for it', () => {
    expect(services.services.api.networks).toEqual(['api_db', 'api_outside']);
    expect(services.services.bank.networks).toEqual(['bank_outside']);
  });
});

describe('the order of the start', () => {
  const probes = { health: { http: '/health' }, liveness: { period: 10 }, readiness: { period: 5 } } as const;
  const db = part('db', { stage: 'data', probes });
  const services = composed({
    components: [part('api', { connectsTo: [to(db)], probes }), part('web'), db],
    tasks: [
      job('migrations', { stage: 'migrations', connectsTo: [to(db)] }),
      job('backup', { schedule: { cron: '0 2 * * *' }, connectsTo: [to(db)] }),
    ],
  }).services;

  test('a server is healthy before its clients start', () => {
    expect(services.migrations.depends_on).toEqual({ db: { condition: 'service_healthy' } });
  });

  test('migrations have ended before anything of a later stage starts', () => {
    const ended = { condition: 'service_completed_successfully' };
    expect(services.api.depends_on).toEqual({
      prepare: ended,
      migrations: ended,
      db: { condition: 'service_healthy' },
    });
    expect(services.web.depends_on).toEqual({ migrations: ended });
  });

  test('a task with a schedule runs when it is told', () => {
    expect(services.backup.profiles).toEqual(['jobs']);
    expect(services.migrations.profiles).toBeUndefined();
  });

  test('of two that connect to each other, only one waits', () => {
    const [one, other] = [part('one'), part('other')];
    const both = composed({
      components: [part('one', { connectsTo: [to(other)] }), part('other', { connectsTo: [to(one)] })],
    }).services;
    expect(both.one.depends_on).toEqual({ other: { condition: 'service_started' } });
    expect(both.other.depends_on).toBeUndefined();
  });

  test('containers of a task that run together share the network of the first, and what they write is in memory', () => {
    const scratch = [{ path: '/work' }];
    const { services: both, document } = composed({
      components: [part('api', { stage: 'workloads' })],
      tasks: [
        job('migrations', {
          stage: 'migrations',
          containers: [
            { name: 'lock', image, resources, scratch },
            { name: 'migrate', image, resources, scratch },
          ],
        }),
      ],
    });
    expect(both['migrations-migrate']).toMatchObject({
      network_mode: 'service:migrations',
      volumes: ['migrations-work:/work:nocopy'],
    });
    expect(document.volumes['migrations-work'].driver_opts.type).toBe('tmpfs');
    expect(Object.keys(both.api.depends_on)).toEqual(['migrations', 'migrations-migrate']);
  });
});

describe('secrets', () => {
  const values = {
    TOKEN: { remote: 'bank/token', about: 'token of the bank', development: 'development' },
    DB_PASSWORD: { remote: 'db/password', about: 'password of the database', random: true, development: 'a b' },
    DB_URL: { template: ['postgresql://kiosk:', { urlEncoded: 'DB_PASSWORD' }, '@db:5432/kiosk'] },
  };

  test('in development a variable may be left out', () => {
    const secret = secretOf(development, values);
    const { services, files } = composed({ components: [part('api', { env: secret.pick('TOKEN', 'DB_URL') })] });
    expect(services.api.environment).toEqual({
      TOKEN: variable('BANK_TOKEN', ':-development'),
      DB_URL: `postgresql://kiosk:${variable('DB_PASSWORD', ':-a%20b')}@db:5432/kiosk`,
    });
    expect(files.get('.env.example')).not.toContain('a b');
  });

  test('elsewhere it has to be set, and no file has its value', () => {
    const secret = secretOf(manual, values);
    const { services, files } = composed({ components: [part('api', { env: secret.pick('TOKEN', 'DB_URL') })] });
    expect(services.api.environment.DB_URL).toBe(
      `postgresql://kiosk:${variable('DB_PASSWORD', ':?see .env.example')}@db:5432/kiosk`,
    );
    expect(files.get('.env.example')).toContain('# token of the bank\nBANK_TOKEN=\n');
    expect(files.get('.env.example')).toContain(
      '# password of the database (any value: openssl rand -hex 32; letters, digits, - and _ only, since it is part of an address)\nDB_PASSWORD=\n',
    );
    expect([...files.values()].join('')).not.toMatch(/a b|a%20b|development-/);
  });

  test('a file of a Secret is in a volume that only its readers have, and nobody can write to it', () => {
    const secret = secretOf(development, values);
    const { services } = composed({
      components: [part('api', { mounts: [{ path: '/etc/token', from: secret, keys: ['TOKEN'] }] }), part('web')],
    });
    const volume = 'secret-kiosk-credentials-1';
    expect(services.api.volumes).toEqual([`${volume}:/etc/token:ro,nocopy`]);
    expect(services.web.volumes).toBeUndefined();
    expect(services.prepare.environment).toEqual({ FILE_1: variable('BANK_TOKEN', ':-development') });
    expect(services.prepare.command.at(-1)).toContain(`write '${volume}/TOKEN' "$$FILE_1"\n`);
  });

  test('two keys of the store that would be one variable are told', () => {
    const one = secretOf(development, { A: { remote: 'bank/token', development: 'a' } }, 'one');
    const other = secretOf(development, { A: { remote: 'bank', property: 'token', development: 'b' } }, 'other');
    const components = [part('api', { env: { A: { secret: one, key: 'A' }, B: { secret: other, key: 'A' } } })];
    expect(() => composed({ components })).toThrow('the variable BANK_TOKEN is of bank/token and of bank, token');
  });
});

describe('a service', () => {
  test('a dollar in a text begins no variable', () => {
    const { services } = composed({ components: [part('api', { env: { PRICE: '$5' }, args: ['--cost=$HOME'] })] });
    expect([services.api.environment.PRICE, services.api.command]).toEqual(['$$5', ['--cost=$$HOME']]);
  });

  test('texts that YAML 1.1 would read as something else are quoted', () => {
    const { text } = composed({ components: [part('api', { env: { A: 'no', B: '1_000', C: '0o7', D: '10:30' } })] });
    expect(text).toContain('restart: unless-stopped');
    expect(parse(text, { version: '1.1' }).services.api.environment).toEqual({
      A: 'no',
      B: '1_000',
      C: '0o7',
      D: '10:30',
    });
  });

  test('data is handed to the user of its program', () => {
    const { services } = composed({
      components: [part('db', { user: 70, storage: [{ path: '/data', size: '1Gi' }] })],
    });
    expect(services.db.volumes).toEqual(['db-data:/data:nocopy']);
    expect(services.prepare.command.at(-1)).toContain('chown 70:70 /volumes/db-data\n');
  });

  test('a group of its own has its volumes, and a port of UDP is published as one', () => {
    const { services } = composed(
      {
        components: [
          part('dns', {
            group: 53,
            ports: { dns: { port: 5353, protocol: 'udp' } },
            storage: [{ path: '/data', size: '1Gi' }],
          }),
        ],
      },
      { ports: { dns: 53 } },
    );
    expect(services.dns.user).toBe('10001:53');
    expect(services.dns.ports).toEqual(['127.0.0.1:53:5353/udp']);
    expect(services.prepare.command.at(-1)).toContain('chown 10001:53 /volumes/dns-data\n');
  });

  test('large scratch space is on disk, small in memory', () => {
    const scratch = [{ path: '/tmp' }, { path: '/cache', size: Size.gibibytes(2) }];
    const { services } = composed({ components: [part('api', { scratch })] });
    expect(services.api.tmpfs).toEqual(['/tmp:size=64m,uid=10001,gid=10001,mode=1777']);
    expect(services.api.volumes).toEqual(['api-cache:/cache:nocopy']);
  });

  test('devices are GPUs', () => {
    const { services } = composed({
      components: [part('model', { resources: { ...resources, devices: { 'nvidia.com/gpu': 2 } } })],
    });
    expect(services.model.deploy.resources.reservations.devices).toEqual([
      { driver: 'nvidia', count: 2, capabilities: ['gpu'] },
    ]);
  });

  test('a ConfigMap is a folder of files beside the compose file, with what it is where one key is mounted', () => {
    const config = new Config('kiosk-dev', 'settings', { 'a.conf': 'a', 'b.conf': 'b' });
    const { services, files } = composed({
      components: [
        part('api', { mounts: [{ path: '/etc/api', from: config }] }),
        part('web', { mounts: [{ path: '/etc/web', from: config, keys: ['b.conf'] }] }),
      ],
    });
    expect(services.api.volumes).toEqual(['./files/settings:/etc/api:ro']);
    expect(services.web.volumes).toEqual(['./files/settings-b.conf:/etc/web:ro']);
    expect(files.get('files/settings/a.conf')).toBe('a');
    expect(files.get('files/settings-b.conf/b.conf')).toBe('b');
  });

  test('it is built where that is said, and built again when a folder changes', () => {
    const build = { api: { context: '../api', dockerfile: 'api.Dockerfile', watch: ['src'] } };
    const { services } = composed({ components: [part('api')] }, { build });
    expect(services.api.build).toEqual({ context: '../api', dockerfile: 'api.Dockerfile' });
    expect(services.api.develop).toEqual({ watch: [{ action: 'rebuild', path: '../api/src' }] });
  });

  test('what compose cannot tell a program stands at the head', () => {
    const { text, services } = composed({
      components: [part('api', { env: { NODE: { pod: 'node' }, MEMORY: { limit: 'memory' } } })],
    });
    expect(text).toContain('#   api: NODE, the node of its pod\n');
    expect(services.api.environment).toEqual({ MEMORY: String(128 * 2 ** 20) });
  });
});

describe('the proxy', () => {
  const site: Site = {
    name: 'kiosk-site',
    host: 'kiosk.example.com',
    certificate: 'kiosk-tls',
    audience: 'everyone',
    body: Size.mebibytes(10),
  };
  const proxy = { http: 80, https: 443, image: 'docker.io/library/traefik', tag: 'v3.7.13', email: 'ops@example.com' };
  const exposed = [
    { site, path: '/api', balance: 'least-requests' as const },
    { site, path: '/api/internal', audience: 'nobody' as const },
  ];
  const options = { proxy };
  const { services, files, document } = composed(
    { components: [part('api', { exposed, scale: { min: 2, max: 5, cpu: 70 } }), part('db')] },
    options,
  );
  const { http } = parse(files.get('files/proxy/routes.yaml') as string) as Any;

  test('it shares a network with what is exposed, and with nothing else', () => {
    expect(services.proxy.networks).toEqual(['proxy_api', 'proxy_outside']);
    expect(services.api.networks).toEqual(['proxy_api']);
    expect(services.db).toMatchObject({ network_mode: 'none' });
    expect(document.networks.proxy_api).toEqual({ internal: true });
  });

  test('it balances over all replicas, by the names of their containers', () => {
    expect(services.api.deploy.replicas).toBe(2);
    expect(http.services['kiosk-site-api-api'].loadBalancer).toMatchObject({
      strategy: 'p2c',
      servers: [{ url: 'http://kiosk-dev-api-1:8080' }, { url: 'http://kiosk-dev-api-2:8080' }],
    });
  });

  test('a path for nobody leads nowhere, in any spelling', () => {
    const closed = Object.entries<Any>(http.routers).filter(([name]) => name.includes('internal'));
    expect(closed.map(([, { service }]) => service)).toEqual(['noop@internal', 'noop@internal']);
    expect(closed[1]?.[1].rule).toContain('PathRegexp');
    const open = Object.entries<Any>(http.routers).filter(([name]) => !name.includes('internal'));
    const least = Math.min(...closed.map(([, { priority }]) => priority));
    expect(Math.max(...open.map(([, { priority }]) => priority))).toBeLessThan(least);
  });

  test('without it, the head names a host whose paths lead to several components', () => {
    const components = [
      part('api', { exposed: [{ site, path: '/api' }] }),
      part('web', { exposed: [{ site, path: '/' }] }),
    ];
    expect(composed({ components }).text).toContain('#   the paths of kiosk.example.com: ');
    expect(composed({ components }, options).text).not.toContain('the paths of');
  });

  test('a host that redirects leads to the site, with the path', () => {
    const aliases = [{ name: 'kiosk-www', host: 'www.kiosk.example.com', certificate: 'kiosk-www-tls' }];
    const { files: texts } = composed(
      { components: [part('api', { exposed: [{ site: { ...site, aliases }, path: '/' }] })] },
      options,
    );
    const { routers, middlewares } = (parse(texts.get('files/proxy/routes.yaml') as string) as Any).http;
    expect(routers['kiosk-www'].rule).toBe('Host(`www.kiosk.example.com`)');
    const [redirect] = routers['kiosk-www'].middlewares;
    const { regex, replacement } = middlewares[redirect].redirectRegex;
    expect(
      'http://www.kiosk.example.com/a/b?c=d'.replace(new RegExp(regex), replacement.replace(/\$\{(\d)\}/g, '$$$1')),
    ).toBe('https://kiosk.example.com/a/b?c=d');
  });

  test('it has no dashboard, and no way to the engine', () => {
    expect(services.proxy.command.join(' ')).not.toMatch(/api|docker/);
    expect(JSON.stringify(services.proxy.volumes)).not.toContain('docker.sock');
    expect(services.proxy.ports).toEqual(['127.0.0.1:80:80', '127.0.0.1:443:443']);
    const { services: public_ } = composed({ components: [part('api', { exposed })], tier: 'production' }, options);
    expect(public_.proxy.ports).toEqual(['80:80', '443:443']);
  });

  test('without an address for certificates there is only HTTP', () => {
    const { email: _, ...plain } = proxy;
    const { services: own, files: texts } = composed({ components: [part('api', { exposed })] }, { proxy: plain });
    expect(own.proxy.ports).toEqual(['127.0.0.1:80:80']);
    expect(texts.get('files/proxy/routes.yaml')).not.toContain('acme');
  });
});

describe('monitoring', () => {
  const monitoring = { namespace: 'kiosk-prod', availability: 99.9, dashboards: {} };
  const proxy = { http: 80, https: 443, image: 'docker.io/library/traefik', tag: 'v3.7.13' };
  const components = [part('api', { metrics: { path: '/metrics' } }), part('web')];
  const { services, files } = composed({ components, monitoring }, { proxy });

  test('it is a profile, which nothing else depends on', () => {
    const own = Object.entries<Any>(services).filter(([, { profiles }]) => profiles?.includes('monitoring'));
    expect(own.map(([name]) => name)).toEqual(['prometheus', 'grafana']);
  });

  test('Prometheus asks what has metrics, and shares a network with that alone', () => {
    const { scrape_configs: jobs } = parse(files.get('files/prometheus/prometheus.yml') as string);
    expect(jobs.map(({ job_name: name }: Any) => name)).toEqual(['api', 'proxy']);
    expect(services.web).toMatchObject({ network_mode: 'none' });
    expect(services.prometheus.networks).toEqual(['prometheus_api', 'prometheus_proxy', 'prometheus_grafana']);
  });

  test('only this machine sees Grafana, and nobody can change it', () => {
    expect(services.grafana.ports).toEqual(['127.0.0.1:3003:3000']);
    expect(services.grafana.environment).toMatchObject({
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_AUTH_BASIC_ENABLED: 'false',
    });
    expect(services.prometheus.ports).toBeUndefined();
  });

  test('the dashboard shows what the proxy counts', () => {
    const dashboard = JSON.parse(files.get('files/grafana/dashboards/dashboard.json') as string);
    expect(dashboard.panels.map(({ title }: Any) => title)).toContain('Response time, p95');
  });

  test('a system without monitoring has none', () => {
    expect(Object.keys(composed({ components }, { proxy }).services)).toEqual(['proxy', 'api', 'web']);
  });
});

test('a component with the name of a service that compose files have is told', () => {
  expect(() => composed({ components: [part('proxy')] })).toThrow('two services of compose would be named proxy');
});
