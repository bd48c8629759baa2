import { parse } from 'yaml';
import { hostOf, portOf, textOf, urlOf } from '../../../../lib/model/address';
import { type ComponentProps, component } from '../../../../lib/model/component';
import { Config } from '../../../../lib/model/config';
import { Secret } from '../../../../lib/model/secret';
import type { Site } from '../../../../lib/model/site';
import { type SystemProps, system } from '../../../../lib/model/system';
import { task } from '../../../../lib/model/task';
import { Duration, Size } from '../../../../lib/model/units';
import type { DatabaseOptions, RenderOptions, ServiceOptions } from '../../../../lib/targets/render/options';
import { renderOf } from '../../../../lib/targets/render/render';
import { manualSecret } from '../../../construct';
import type { Any } from '../../../support';

const resources = { cpu: { request: '100m', limit: '500m' }, memory: { request: '64Mi', limit: '128Mi' } };
const image = { image: 'example.com/app', tag: 'v1.0.0' };
const common = { system: 'kiosk', namespace: 'kiosk-prod' };

const part = (name: string, props: Partial<ComponentProps> = {}) =>
  component({ ...common, name, image, scale: {}, resources, ports: { http: 8080 }, ...props });

const job = (name: string, props: Any = {}) =>
  task({
    ...common,
    name,
    deadline: Duration.minutes(5),
    containers: [{ name, image, resources, ...props.container }],
    ...props,
  });

const site: Site = {
  name: 'kiosk',
  host: 'kiosk.example.com',
  from: 'hosts.app',
  certificate: 'tls',
  audience: 'everyone',
  body: Size.mebibytes(1),
};

const mailQueue = {
  name: 'mail',
  vhost: '/',
  messages: 5,
  api: { secret: manualSecret('kiosk-prod', 'scaling', ['url']), key: 'url' },
};

const secretOf = (values: Any, name = 'kiosk-credentials') =>
  new Secret({
    namespace: 'kiosk-prod',
    name,
    externalName: `${name}-external`,
    source: { kind: 'manual', revision: 0 },
    values,
  });

const DATABASE: DatabaseOptions = {
  name: 'kiosk',
  user: 'kiosk',
  major: 16,
  plan: 'basic-1gb',
  size: 5,
  pool: false,
  replaces: ['db'],
};

type Options = Partial<Omit<RenderOptions, 'services'>> & { services?: Record<string, Partial<ServiceOptions>> };

function rendered(props: Partial<SystemProps>, { services = {}, ...options }: Options = {}) {
  const model = system({
    name: 'kiosk',
    instance: 'kiosk-prod',
    tier: 'production',
    environment: 'production',
    placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
    edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'ingress-nginx', labels: {} } },
    dnsCaches: [],
    components: [],
    ...props,
  });
  const filled = Object.fromEntries(Object.entries(services).map(([name, one]) => [name, { env: {}, ...one }]));
  return renderOf(model, { region: 'frankfurt', without: {}, ...options, services: filled }, 'dist/render/kiosk');
}

/** The Blueprint of a system that Render can run. */
function blueprint(props: Partial<SystemProps>, options: Options = {}) {
  const { files, problems } = rendered(props, options);
  expect(problems).toEqual([]);
  const text = files?.get('render.yaml') as string;
  const document = parse(text) as Any;
  const of = (name: string) => document.services.find((one: Any) => one.name === `kiosk-prod-${name}`);
  const variable = (service: string, key: string) => of(service).envVars.find((one: Any) => one.key === key);
  return { files, text, document, of, variable };
}

const messages = (props: Partial<SystemProps>, options: Options = {}) =>
  rendered(props, options).problems.map(({ path, message }) => [path.join('.'), message]);

describe('kinds of services', () => {
  const { of, document } = blueprint({
    components: [
      part('web', { exposed: [{ site, path: '/' }] }),
      part('cache', { ports: { tcp: { port: 7000, protocol: 'tcp' } } }),
      part('queue', { ports: {} }),
    ],
    tasks: [job('report', { schedule: { cron: '0 3 * * *' }, container: { command: ['report', '--all days'] } })],
  });

  test('what the edge leads to is public, what listens private, and the rest a worker', () => {
    expect([of('web').type, of('cache').type, of('queue').type]).toEqual(['web', 'pserv', 'worker']);
  });

  test('a task with a schedule is a cron job, whose command is written for a shell', () => {
    expect(of('report')).toMatchObject({ type: 'cron', schedule: '0 3 * * *', dockerCommand: "report '--all days'" });
  });

  test('PORT is the port of the program, and a worker has none', () => {
    const portOfService = (name: string) => of(name).envVars.find(({ key }: Any) => key === 'PORT')?.value;
    expect(['web', 'cache', 'queue'].map(portOfService)).toEqual(['8080', '7000', undefined]);
  });

  test('a host below localhost is no domain', () => {
    const local = { ...site, host: 'kiosk.localhost' };
    expect(of('web').domains).toEqual(['kiosk.example.com']);
    expect(
      blueprint({ components: [part('web', { exposed: [{ site: local, path: '/' }] })] }).of('web').domains,
    ).toBeUndefined();
    expect(document.databases).toBeUndefined();
  });
});

describe('addresses', () => {
  const api = part('api', { ports: { http: { port: 8080, service: 80 }, rpc: 9000 } });
  const web = (env: Any, options: Partial<ServiceOptions> = {}) =>
    blueprint({ components: [part('web', { env }), api] }, { services: { web: options } });

  test('a host and the main port together are one reference, never a text', () => {
    const { variable } = web({ API: textOf(hostOf(api), ':', portOf(api)) });
    expect(variable('web', 'API')).toEqual({
      key: 'API',
      fromService: { name: 'kiosk-prod-api', type: 'pserv', property: 'hostport' },
    });
  });

  test('a port is that of the container: Render has no ports of Services', () => {
    expect(web({ API_PORT: portOf(api) }).variable('web', 'API_PORT')).toEqual({ key: 'API_PORT', value: '8080' });
  });

  test('a URL is put together by the command', () => {
    const { of, variable } = web(
      { API_URL: urlOf(api, { port: 'rpc', path: '/a"$b' }) },
      { command: 'node server.js' },
    );
    expect(variable('web', 'API_URL_HOST').fromService).toEqual({
      name: 'kiosk-prod-api',
      type: 'pserv',
      property: 'host',
    });
    expect(of('web').dockerCommand).toBe(
      `/bin/sh -c 'set -e; export API_URL="http://\${API_URL_HOST}:9000/a\\"\\$b"; exec node server.js'`,
    );
  });

  test('without a command, nothing can put it together', () => {
    expect(messages({ components: [part('web', { env: { API_URL: urlOf(api) } }), api] })).toEqual([
      [
        'services.web',
        'given no command for web, some of whose variables are put together when it starts; expected the command of its image',
      ],
    ]);
  });
});

describe('the database', () => {
  const db = part('db', { ports: { postgres: { port: 5432, protocol: 'tcp' } } });
  const url = (scheme: string, query = '') => ({
    template: [
      `${scheme}://me:`,
      { urlEncoded: 'PASSWORD' },
      textOf('@', hostOf(db), ':', portOf(db), `/kiosk${query}`),
    ],
  });
  const password = { remote: 'roles/me', ofRole: true, development: 'x' };
  const api = (value: Any) =>
    part('api', { env: secretOf({ PASSWORD: password, DATABASE_URL: value }).pick('DATABASE_URL', 'PASSWORD') });

  test('a URL with the scheme that Render writes is a reference', () => {
    const { variable, document } = blueprint({ components: [api(url('postgresql')), db] }, { database: DATABASE });
    expect(variable('api', 'DATABASE_URL').fromDatabase).toEqual({
      name: 'kiosk-prod-db',
      property: 'connectionString',
    });
    expect(variable('api', 'PASSWORD').fromDatabase.property).toBe('password');
    expect(document.databases).toEqual([
      {
        name: 'kiosk-prod-db',
        databaseName: 'kiosk',
        user: 'kiosk',
        region: 'frankfurt',
        plan: 'basic-1gb',
        postgresMajorVersion: '16',
        diskSizeGB: 5,
        ipAllowList: [],
      },
    ]);
  });

  test('another scheme, and a query, are put before and behind what Render writes; TLS is of Kubernetes alone', () => {
    const { of } = blueprint(
      { components: [api(url('postgres+x', '?sslmode=require&schema=app')), db] },
      { database: { ...DATABASE, pool: true }, services: { api: { command: 'run' } } },
    );
    expect(of('api').dockerCommand).toContain(
      `export DATABASE_URL="postgres+x://\${DATABASE_POOL_URL#*://}?schema=app"; exec run`,
    );
  });

  test('a server outside the cluster is replaced, too', () => {
    const outside = { template: ['postgresql://me:', { urlEncoded: 'PASSWORD' }, '@db.example.com:5432/kiosk'] };
    const { variable } = blueprint({ components: [api(outside)] }, { database: { ...DATABASE, replaces: [] } });
    expect(variable('api', 'DATABASE_URL').fromDatabase.property).toBe('connectionString');
  });
});

test('a component whose name begins as that of a replaced one stays a service', () => {
  const db = part('db');
  const proxy = part('db-proxy');
  const web = part('web', { env: { PROXY: hostOf(proxy), DB: hostOf(db) } });
  const { variable } = blueprint({ components: [web, db, proxy] }, { database: DATABASE });
  expect(variable('web', 'PROXY').fromService.name).toBe('kiosk-prod-db-proxy');
  expect(variable('web', 'DB').fromDatabase).toEqual({ name: 'kiosk-prod-db', property: 'host' });
});

describe('secrets', () => {
  const values = {
    OWN: { remote: 'own', random: true, development: 'known' },
    KEY: { remote: 'key', random: 'fernet', development: 'known' },
    TOKEN: { remote: 'token', about: 'token of the CRM', development: 'known' },
    SAME: { remote: 'own', random: true, development: 'known' },
    LINE: { template: ['Password=', { quoted: 'TOKEN' }] },
  };
  const secret = secretOf(values);
  const { variable, of, text } = blueprint(
    {
      components: [
        part('one', { env: secret.pick('OWN', 'KEY', 'TOKEN', 'SAME', 'LINE') }),
        part('two', { env: secret.pick('OWN', 'TOKEN') }),
      ],
    },
    { services: { one: { command: 'run' } } },
  );

  test('Render makes what is random; a person enters the rest, and the head says how', () => {
    expect(['OWN', 'KEY', 'TOKEN', 'LINE'].map((key) => variable('one', key))).toEqual([
      { key: 'OWN', generateValue: true },
      { key: 'KEY', sync: false },
      { key: 'TOKEN', sync: false },
      { key: 'LINE', sync: false },
    ]);
    expect(text).toMatch(/TOKEN: token of the CRM\n.*LINE: Password=<secret>/);
    expect(text).toMatch(/KEY: 32 random bytes: openssl/);
  });

  test('services with one secret share it', () => {
    expect(variable('two', 'OWN').fromService).toEqual({ name: 'kiosk-prod-one', type: 'pserv', envVarKey: 'OWN' });
    expect(of('one').dockerCommand).toContain(`export SAME="\${OWN}"`);
  });

  test('no value of development is in it', () => {
    expect(text).not.toContain('known');
  });
});

describe('variables', () => {
  const config = new Config('kiosk-prod', 'kiosk', { LEVEL: 'info', MODE: 'a' });

  test('what several services share is a group, and what one has alone is its own', () => {
    const { document, of } = blueprint({
      components: [part('one', { env: config.pick('LEVEL', 'MODE') }), part('two', { env: config.pick('LEVEL') })],
    });
    expect(document.envVarGroups).toEqual([{ name: 'kiosk-prod-shared', envVars: [{ key: 'LEVEL', value: 'info' }] }]);
    expect(of('one').envVars).toEqual([
      { fromGroup: 'kiosk-prod-shared' },
      { key: 'PORT', value: '8080' },
      { key: 'MODE', value: 'a' },
    ]);
  });

  test('render.yaml has the last word', () => {
    const { variable } = blueprint(
      { components: [part('one', { env: config.pick('LEVEL') })] },
      { services: { one: { env: { LEVEL: 'debug' } } } },
    );
    expect(variable('one', 'LEVEL')).toEqual({ key: 'LEVEL', value: 'debug' });
  });

  test('files of ConfigMaps are added to the image', () => {
    const { files, of } = blueprint({
      components: [part('one', { mounts: [{ path: '/etc/app', from: config, keys: ['LEVEL'] }] })],
    });
    expect(of('one')).toMatchObject({
      runtime: 'docker',
      dockerfilePath: './dist/render/kiosk/one.Dockerfile',
      dockerContext: './dist/render/kiosk',
    });
    expect(files?.get('one.Dockerfile')).toContain(
      'FROM example.com/app:v1.0.0\nCOPY --chmod=444 files/one/etc/app/LEVEL /etc/app/LEVEL\n',
    );
    expect(files?.get('files/one/etc/app/LEVEL')).toBe('info');
  });
});

describe('a static site', () => {
  const api = part('api', {
    exposed: [
      { site, path: '/api' },
      { site, path: '/raw', strip: true },
    ],
  });
  const web = part('web', { exposed: [{ site, path: '/' }] });
  const options = {
    services: {
      api: { domain: 'api.example.com' },
      web: { static: { build: 'make', publish: 'out', paths: ['web/**'] } },
    },
  };

  test('it leads the paths of other services to their hosts, and has neither plan nor port', () => {
    const { of } = blueprint({ components: [web, api] }, options);
    expect(of('web')).toEqual({
      type: 'web',
      name: 'kiosk-prod-web',
      runtime: 'static',
      buildCommand: 'make',
      staticPublishPath: 'out',
      buildFilter: { paths: ['web/**'], ignoredPaths: [] },
      routes: [
        { type: 'rewrite', source: '/api/*', destination: 'https://api.example.com/api/*' },
        { type: 'rewrite', source: '/raw/*', destination: 'https://api.example.com/*' },
      ],
      domains: ['kiosk.example.com'],
      envVars: [],
    });
  });

  test('where the root is a container, the head says that browsers ask another host', () => {
    const { text } = blueprint({ components: [web, api] }, { services: { api: { domain: 'api.example.com' } } });
    expect(text).toContain('kiosk.example.com/api leads to web: it has to ask https://api.example.com/api');
  });
});

test('a static site cannot put addresses together', () => {
  const api = part('api');
  const web = part('web', { env: { API_URL: urlOf(api) }, exposed: [{ site, path: '/' }] });
  const options = { services: { web: { static: { build: 'make', publish: 'out', paths: ['web/**'] } } } };
  expect(messages({ components: [web, api] }, options)).toEqual([
    ['services.web.static', expect.stringContaining('given a static site with addresses')],
  ]);
});

describe('refusals', () => {
  const config = new Config('kiosk-prod', 'kiosk', { LEVEL: 'info' });
  const sidecar = { name: 'proxy', image, resources };
  const volume = { storage: [{ path: '/data', size: '1Gi' }], scale: { replicas: 1 } };
  const api = part('api');

  test.each<[string, Partial<SystemProps>, Options, string, string]>([
    [
      'several containers',
      { components: [part('api', { sidecars: [sidecar] })] },
      {},
      'services.api',
      'given api, whose pods have also proxy',
    ],
    [
      'secrets as files',
      {
        components: [
          part('api', {
            mounts: [{ path: '/run/keys', from: secretOf({ KEY: { remote: 'key', development: 'x' } }) }],
          }),
        ],
      },
      {},
      'services.api',
      'given api, which reads secrets as files (/run/keys)',
    ],
    [
      'addresses in files',
      {
        components: [
          part('web', {
            mounts: [{ path: '/etc/web', from: new Config('kiosk-prod', 'web', { 'a.conf': urlOf(api) }) }],
          }),
          api,
        ],
      },
      {},
      'services.web',
      'given web, which has addresses of other services in files (/etc/web)',
    ],
    [
      'data without a disk',
      { components: [part('api', volume)] },
      {},
      'services.api',
      'given api, which keeps data in /data; expected disk',
    ],
    [
      'data beside the disk',
      { components: [part('api', volume)] },
      { services: { api: { disk: { path: '/other', size: 1, moved: {} } } } },
      'services.api',
      'given api, which keeps data in /data; expected disk',
    ],
    [
      'an allowlist that would be gone',
      { components: [part('web', { exposed: [{ site: { ...site, audience: ['192.0.2.0/24'] }, path: '/' }] })] },
      {},
      'services.web',
      'given web, with rules of who may reach kiosk.example.com/',
    ],
    [
      'a closed path that would be open',
      {
        components: [
          part('web', {
            exposed: [
              { site, path: '/' },
              { site, path: '/internal', audience: 'nobody' },
            ],
          }),
        ],
      },
      {},
      'services.web',
      'given web, with rules of who may reach kiosk.example.com/internal',
    ],
    [
      'two services of one host',
      {
        components: [
          part('web', { exposed: [{ site, path: '/' }] }),
          part('api', { exposed: [{ site, path: '/api' }] }),
        ],
      },
      {},
      'services.api',
      'given api at kiosk.example.com/api, and a host of Render leads to one service; expected domain',
    ],
    [
      'scaling by a queue',
      { components: [part('api', { scale: { min: 1, max: 3, queue: mailQueue } })] },
      {},
      'services.api',
      'given api, which the queue mail scales; expected CPU or memory',
    ],
    [
      'scaling by a queue beside CPU, to none',
      { components: [part('api', { scale: { min: 0, max: 3, cpu: 70, queue: mailQueue } })] },
      {},
      'services.api',
      'given api, which the queue mail scales; expected CPU or memory',
    ],
    [
      'a plan below the requests',
      { components: [part('api', { resources: { ...resources, memory: { request: '1Gi', limit: '1Gi' } } })] },
      { services: { api: { plan: 'starter' } } },
      'services.api.plan',
      'given starter (0.5 CPU and 512 MB), expected a plan with at least what api requests: 100m CPU and 1Gi',
    ],
    [
      'limits above all plans',
      { components: [part('api', { resources: { ...resources, cpu: { request: '1', limit: '16' } } })] },
      {},
      'services.api',
      'given limits of 16 CPU and 128Mi, expected at most those of the plan pro ultra',
    ],
    [
      'migrations that nobody runs',
      { tasks: [job('migrate', { purpose: 'migrations' })] },
      {},
      '',
      'given migrations (migrate) and no service with preDeploy',
    ],
    [
      'a Job',
      { tasks: [job('seed')] },
      {},
      '',
      'given the task seed, which runs once for each change, which Render has not; expected it in without',
    ],
    [
      'a task that a person starts',
      { tasks: [job('restore', { schedule: { cron: '0 3 * * *', suspended: true } })] },
      {},
      '',
      'given the task restore, which is started by hand',
    ],
    [
      'a cron job with files',
      {
        tasks: [
          job('report', {
            schedule: { cron: '0 3 * * *' },
            containers: [{ name: 'report', image, resources, mounts: [{ path: '/etc/report', from: config }] }],
          }),
        ],
      },
      {},
      '',
      'given the task report, which mounts files',
    ],
    [
      'a cron job whose variables no command puts together',
      {
        components: [api],
        tasks: [job('report', { schedule: { cron: '0 3 * * *' }, container: { env: { API: urlOf(api) } } })],
      },
      {},
      '',
      'given the task report, which has no command',
    ],
    [
      'a cron job in another time zone',
      { tasks: [job('report', { schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } })] },
      {},
      '',
      'given the task report, which has a schedule in Europe/Berlin, and Render has UTC alone',
    ],
    [
      'a component that there is not',
      { components: [api] },
      { services: { apii: {} } },
      'services.apii',
      'given apii, expected one of api',
    ],
    [
      'a task that there is not',
      { components: [api] },
      { without: { backup: 'no' } },
      'without.backup',
      'given backup, expected one of api',
    ],
    [
      'what Render itself refuses',
      { components: [part('api', { ports: { http: 18012 } })] },
      {},
      '',
      'Render refuses kiosk-prod-api: envVars.PORT: 18012 is reserved, expected another port',
    ],
  ])('%s', (_, props, options, path, message) => {
    expect(messages(props, options)).toEqual([[path, expect.stringContaining(message)]]);
  });

  test('a stated reason, a disk below which all folders are, or a decision against a part mends them', () => {
    const closed = part('web', { exposed: [{ site: { ...site, audience: ['192.0.2.0/24'] }, path: '/' }] });
    const data = part('store', {
      storage: [
        { path: '/a', name: 'a', size: '1Gi' },
        { path: '/data/b', name: 'b', size: '1Gi' },
      ],
      scale: { replicas: 1 },
      env: { FOLDER: '/a/x', OTHER: '/ab' },
      command: ['run', '/a'],
    });
    const { of, text, variable } = blueprint(
      { components: [closed, data, part('proxy', { sidecars: [sidecar] })], tasks: [job('seed')] },
      {
        services: {
          web: { public: 'it asks for a login' },
          store: { disk: { path: '/data', size: 5, moved: { '/a': '/data/a' } } },
        },
        without: { proxy: 'Render has its own', seed: 'a person does it' },
      },
    );
    expect(text).toMatch(/web: it asks for a login\n# Not on Render:\n# {3}proxy: Render has its own/);
    expect(of('store')).toMatchObject({
      disk: { name: 'data', mountPath: '/data', sizeGB: 5 },
      dockerCommand: "/bin/sh -c 'set -e; mkdir -p /data/a; exec run /data/a'",
    });
    expect([variable('store', 'FOLDER').value, variable('store', 'OTHER').value]).toEqual(['/data/a/x', '/ab']);
  });
});

test('the time to end is at most what Render allows, and the head says where less is given', () => {
  const { of, text } = blueprint({ components: [part('api', { shutdown: { drainTimeout: Duration.minutes(30) } })] });
  expect(of('api').maxShutdownDelaySeconds).toBe(300);
  expect(text).toContain('kiosk-prod-api: it has 300 s to end, and asks for 1800 s');
});

test('previews, the repository and the registry are those of render.yaml', () => {
  const { document, of } = blueprint(
    { components: [part('one'), part('two')] },
    {
      previews: { generation: 'automatic', days: 2 },
      repository: 'https://github.com/yourorg/kiosk',
      registry: 'ghcr',
      services: { two: { build: { dockerfile: 'two/Dockerfile', context: '.', paths: ['two/**'] } } },
    },
  );
  expect(document.previews).toEqual({ generation: 'automatic', expireAfterDays: 2 });
  expect(of('one').image).toEqual({ url: 'example.com/app:v1.0.0', creds: { fromRegistryCreds: { name: 'ghcr' } } });
  expect(of('two')).toMatchObject({ runtime: 'docker', repo: 'https://github.com/yourorg/kiosk', dockerContext: '.' });
  expect(of('two').rootDir).toBeUndefined();
});
