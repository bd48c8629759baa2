import { registry } from '../../../charts';
import * as application from '../../../charts/application/presets';
import * as ephitup from '../../../charts/ephitup/configuration';
import * as pliers from '../../../charts/pliers/configuration';
import * as salient from '../../../charts/salient/configuration';
import { applicationPage } from '../../../lib/document/application/application';
import type { System } from '../../../lib/model/system';
import { Duration } from '../../../lib/model/units';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import { manualSecret, sample } from '../../construct';
import { type Any, PROJECT } from '../../support';
import {
  ephitupSettings,
  ephitupSystem,
  objectsOf,
  pliersSettings,
  pliersSystem,
  salientSettings,
  salientSystem,
} from '../../systems';

const ENVIRONMENTS = ['dev', 'staging', 'prod'];

/** The page of a system in all environments of the fixtures. */
function pageOf(system: (environment: string) => System, environments = ENVIRONMENTS): string {
  const all = environments.map((environment) => ({ environment, model: system(environment) }));
  return applicationPage(all[0]?.model.name ?? '', all);
}

/** The sections of a page, by their headings. */
function sectionsOf(page: string): ReadonlyMap<string, string> {
  return new Map(page.split(/^## /m).map((section) => [section.split('\n')[0] as string, section]));
}

/** The row of a table that begins with a cell. */
function row(section: string | undefined, first: string): string | undefined {
  return section?.split('\n').find((line) => line.startsWith(`| ${first} |`));
}

/** The model of the application of the fixtures. */
function threeTierSystem(environment: string): System {
  const described = describeEnvironments(registry, PROJECT, [environment]);
  return described.find(({ system }) => system === 'three-tier')?.model as System;
}

const SYSTEMS = { salient: salientSystem, pliers: pliersSystem, ephitup: ephitupSystem, 'three-tier': threeTierSystem };

/** The containers with the system's own images, and the headings of their sections. */
function ownContainers(system: System): { readonly heading: string; readonly env: readonly Any[] }[] {
  return objectsOf(system).flatMap(({ kind, metadata, spec }: Any) => {
    const template = kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template;
    const { initContainers = [], containers = [] } = template?.spec ?? {};
    const component = metadata.labels?.component;
    return [...initContainers, ...containers]
      .filter(({ image }: Any) => image.startsWith('ghcr.io/yourorg/'))
      .map(({ name, env }: Any) => ({ heading: name === component ? name : `${component}, container ${name}`, env }));
  });
}

test.each(Object.entries(SYSTEMS))('%s: every variable of every container of its own images is listed', (_, system) => {
  const sections = sectionsOf(pageOf(system));
  for (const environment of ENVIRONMENTS) {
    const own = ownContainers(system(environment));
    expect(own.length).toBeGreaterThan(0);
    for (const { heading, env } of own) {
      const missing = env.filter(({ name }) => row(sections.get(heading), `\`${name}\``) === undefined);
      expect([environment, heading, missing]).toEqual([environment, heading, []]);
    }
  }
});

test('each variable of the systems in TypeScript has a meaning, and no meaning is of a variable that none has', () => {
  const pages = Object.values(SYSTEMS).map((system) => pageOf(system));
  const unexplained = pages.map((page) => page.match(/^\| `\w+` \| .* \| – \|$/gm) ?? []);
  expect(unexplained.slice(0, 3)).toEqual([[], [], []]);
  expect(unexplained[3]).not.toEqual([]);
  for (const [index, { MEANINGS }] of [salient, pliers, ephitup].entries()) {
    // The fixtures have no authority of their own for the database of Pliers.
    const names = Object.keys(MEANINGS).filter((name) => name !== 'NODE_EXTRA_CA_CERTS');
    expect(names.filter((name) => !pages[index]?.includes(`| \`${name}\` |`))).toEqual([]);
  }
  expect(pages[3]).toContain(`| ${application.MEANINGS.JWT_ISSUER} |`);
});

test('it tells which environment has which value, and the value once where all have the same', () => {
  const chat = sectionsOf(pageOf(salientSystem)).get('chat-api');
  expect(row(chat, '`TENANT_POOL_SIZE`')).toContain('| **dev**: `2`<br>**staging, prod**: `10` |');
  expect(row(chat, '`EXPOSED_ROUTERS`')).toContain('| `chat` |');
  expect(row(chat, '`POSTGRES_ADMIN_URL`')).toContain(
    '`postgresql+asyncpg://salient_chat:…@{pgbouncer-svc}:5432/salient_admin`',
  );
});

test('the number of connections is that of the budget', () => {
  const before = salientSettings('prod');
  const after = { tenantPool: { ...before.tenantPool, active: 7, size: 3, overflow: 1 } };
  const api = sectionsOf(pageOf((name) => salientSystem(name, after), ['prod'])).get('admin-api');
  expect(row(api, 'connects to')).toContain(
    'pgbouncer, port 5432: at most 32 connections of one pod = (7 tenants and the registry) × (3 + 1)',
  );
  expect(row(api, '`TENANT_POOL_MAX_TENANTS`')).toContain('`7`');
});

test('ports, paths of probes and names of metrics follow from the settings', () => {
  const { services, monitoring } = pliersSettings('prod');
  const changed = {
    services: { ...services, api: { ...services.api, port: 3333 } },
    monitoring: {
      ...monitoring,
      path: '/internal/metrics',
      metrics: { ...monitoring.metrics, pool: { waiting: 'pool_waiting', connections: 'pool_open' } },
    },
  };
  const api = sectionsOf(pageOf((name) => pliersSystem(name, changed), ['prod'])).get('api');
  expect(row(api, 'listens at')).toBe('| listens at | `3333` (http) |');
  expect(row(api, '`PORT`')).toContain('`3333`');
  expect(row(api, 'health')).toContain('`GET /health` at port 3333');
  expect(row(api, 'metrics')).toContain('`GET /internal/metrics` at port 3333');
  expect(row(api, 'metrics')).toContain('`pool_waiting` and `pool_open`');
  const { app } = ephitupSettings('prod');
  const other = sectionsOf(pageOf((name) => ephitupSystem(name, { app: { ...app, health: '/livez' } }), ['prod'])).get(
    'api',
  );
  expect(row(other, 'health')).toContain('`GET /livez`');
});

test('the time after SIGTERM follows from the settings', () => {
  const worker = sectionsOf(pageOf((name) => ephitupSystem(name, { finish: 2700 }), ['prod'])).get('worker');
  expect(row(worker, 'ends')).toBe('| ends | 45 min after SIGTERM it is killed |');
});

test('a component of any system: writable paths, users, checks of two kinds, a queue that scales, a prefix that is removed', () => {
  const { exposed, ...first } = sample();
  const site = pliersSystem('prod').components[0]?.exposed[0]?.site as NonNullable<(typeof exposed)[number]>['site'];
  const component = sample({
    ports: { http: 8080, grpc: { port: 9000, protocol: 'grpc' } },
    probes: {
      health: { http: '/ready', headers: { Host: 'a' } },
      alive: { grpc: '', port: 'grpc' },
      liveness: { period: 7, failures: 1 },
      readiness: { period: 5 },
    },
    user: 33,
    group: 44,
    scratch: [{ path: '/cache', memory: true }],
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: Duration.seconds(90) },
    scale: {
      max: 3,
      queue: {
        name: 'render',
        vhost: '/',
        messages: 5,
        api: { secret: manualSecret('x', 'queue', ['url']), key: 'url' },
      },
    },
    exposed: [{ site, path: '/ai', strip: true }],
  });
  const page = applicationPage('x', [
    { environment: 'e', model: { ...pliersSystem('prod'), components: [component], tasks: [] } },
  ]);
  const section = sectionsOf(page).get(first.name);
  expect(row(section, 'health')).toBe(
    '| health | ready: `GET /ready` at port 8080 with `Host: a` is answered with a status from 200 to 399<br>alive: the gRPC health protocol at port 9000 says that it serves |',
  );
  expect(row(section, 'is asked')).toContain(
    'alive: every 7 s, to be answered within 3 s; after 1 failure in a row it is restarted',
  );
  expect(row(section, 'runs as')).toBe('| runs as | 33, group 44 |');
  expect(row(section, 'may write')).toBe('| may write | `/cache`: 64Mi in memory, lost with the pod |');
  expect(row(section, 'ends')).toBe('| ends | 90 s after SIGTERM it is killed |');
  expect(row(section, 'more pods by')).toBe('| more pods by | the queue `render`: 5 messages for each pod |');
  expect(row(section, 'from the edge')).toContain('which arrives without `/ai`');
  expect(page).not.toContain('## Migrations');
  expect(page).not.toContain('## Connections to databases');
});

test('trusted hops, silence and idle connections are those of the edge', () => {
  const model = salientSystem('staging');
  const behindTwo = { ...model.edge, trustedHops: 1 } as System['edge'];
  const requests = sectionsOf(
    applicationPage('salient', [
      { environment: 'one', model },
      { environment: 'two', model: { ...model, edge: behindTwo } },
      { environment: 'three', model: pliersSystem('prod') },
    ]),
  ).get('Requests from the edge');
  expect(row(requests, 'one')).toContain('| the last (trusted hops: 1) | the whole response within 15 s | 1 h |');
  expect(row(requests, 'two')).toContain('| the second last (trusted hops: 2) |');
  expect(row(requests, 'three')).toContain('| Traefik |');
  expect(row(requests, 'three')).toContain('| without limit | 90 s |');
});

test('a promotion does not change the page', () => {
  const { backend } = salientSettings('prod');
  const promoted = pageOf((name) => salientSystem(name, { backend: { ...backend, tag: 'v9.9.9' } }), ['prod']);
  expect(promoted).toBe(pageOf(salientSystem, ['prod']));
});
