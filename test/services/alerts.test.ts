// The rules of dist/ in promtool: which alerts fire, with which labels, and which do not.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ManifestObject } from '../../lib/manifests/object';
import { objectsOf as applicationObjects } from '../charts/application/application';
import { type Any, find, PROJECT, ROOT } from '../support';
import { ephitupSystem, objectsOf, pliersSettings, pliersSystem, salientSystem } from '../systems';
import { command, ROOT_FILE_SYSTEM } from './lab/machine';

mkdirSync(join(ROOT_FILE_SYSTEM, 'tmp'), { recursive: true });
const folder = mkdtempSync(join(ROOT_FILE_SYSTEM, 'tmp/alerts-'));
const inside = `/tmp/${basename(folder)}`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The series of each healthy system, by the file of its rules. */
const well = new Map<string, Readonly<Record<string, string>>>();
/** The groups of rules of each system, by their file: first those of recording rules, which alerts use. */
const order = new Map<string, string[]>();

/** The expected series with healthy values: of workloads, CronJobs, clusters' base backups and certificates. */
function wellOf(objects: readonly ManifestObject[]): Record<string, string> {
  const certificates = find(objects, 'PrometheusRule')
    .spec.groups.flatMap((group: Any) => group.rules)
    .filter(({ labels }: Any) => labels.certificate !== undefined)
    .map(({ labels }: Any) => [
      `certmanager_certificate_expiration_timestamp_seconds{name="${labels.certificate}",namespace="${labels.namespace}"}`,
      `${90 * 86_400}x5000`,
    ]);
  const others = objects.flatMap(({ kind, metadata: { namespace, name } }) => {
    const at = `namespace="${namespace}"`;
    switch (kind) {
      case 'Deployment':
        return [[`kube_deployment_status_replicas_available{${at},deployment="${name}"}`, '1x5000']];
      case 'StatefulSet':
        return [[`kube_statefulset_status_replicas_ready{${at},statefulset="${name}"}`, '1x5000']];
      case 'CronJob':
        return [[`kube_cronjob_created{${at},cronjob="${name}"}`, '0+60x5000']];
      case 'Cluster':
        return [
          ...[1, 2, 3].map((index) => [
            `kube_pod_status_ready{${at},pod="${name}-${index}",condition="true"}`,
            '1x5000',
          ]),
          [
            `barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{job="${namespace}/${name}",pod="${name}-1"}`,
            '0+60x5000',
          ],
        ];
      default:
        return [];
    }
  });
  return Object.fromEntries([['kube_namespace_created{namespace="default"}', '0x5000'], ...certificates, ...others]);
}

/** The rules in Prometheus' format, in a file with the name of the system. */
function rules(name: string, objects: readonly ManifestObject[]): string {
  const { groups } = find(objects, 'PrometheusRule').spec;
  writeFileSync(join(folder, `${name}.yaml`), stringify({ groups }));
  well.set(`${name}.yaml`, wellOf(objects));
  const names: string[] = groups.map((group: Any) => group.name);
  order.set(
    `${name}.yaml`,
    names.sort((one, other) => Number(other.endsWith('-requests')) - Number(one.endsWith('-requests'))),
  );
  return `${name}.yaml`;
}

function distOf(environment: string, system: string): ManifestObject[] {
  const from = join(PROJECT, 'dist', environment, system);
  return readdirSync(from).map((file) => parse(readFileSync(join(from, file), 'utf8')) as ManifestObject);
}

const SALIENT = rules('prod-salient', distOf('prod', 'salient'));
const SALIENT_STAGING = rules('staging-salient', distOf('staging', 'salient'));
const PLIERS = rules('prod-pliers', distOf('prod', 'pliers'));
const PLIERS_STAGING = rules('staging-pliers', distOf('staging', 'pliers'));
const controller = { namespace: 'edge', labels: { app: 'proxy' } };
const gateway = { kind: 'gateway', class: 'eg', issuer: 'letsencrypt-prod', controller } as const;
const edgeOf = (implementation: string): Any => ({
  edge: { ...gateway, implementation, ports: { http: 80, https: 443 } },
});
const on = (implementation: string) => objectsOf(pliersSystem('prod', edgeOf(implementation)));
const ENVOY_SALIENT_OBJECTS = objectsOf(salientSystem('prod', edgeOf('envoy')));
const ENVOY_SALIENT = rules('salient-eg', ENVOY_SALIENT_OBJECTS);
const ENVOY = rules('envoy', on('envoy'));
const GATEWAY = rules('gateway', on('traefik'));
const settings = pliersSettings('prod').monitoring;
const requests = { duration: 'http_server_request_duration_seconds', status: 'http_response_status_code' };
const OWN = rules(
  'own',
  objectsOf(pliersSystem('prod', { monitoring: { ...settings, metrics: { ...settings.metrics, requests } } })),
);
const EPHITUP = rules('ephitup', objectsOf(ephitupSystem('prod', { shape: 'single' })));
const EPHITUP_SPLIT = rules('prod-ephitup', distOf('prod', 'ephitup'));
const pushgateway = { namespace: 'monitoring', labels: { app: 'gateway' }, service: 'gateway', port: 9091 };
const PUSHED = rules(
  'pliers-pushed',
  objectsOf(pliersSystem('prod', { backups: { ...(pliersSettings('prod').backups as Any), pushgateway } })),
);
const PORTAL = rules(
  'portal',
  applicationObjects({
    'prod/portal.yaml': readFileSync(join(ROOT, 'test/fixtures/applications/portal.yaml'), 'utf8'),
  }),
);

test('promtool accepts all rules of all environments', async () => {
  const { code, stdout, stderr } = await promtool(
    'check',
    'rules',
    ...[SALIENT, SALIENT_STAGING, PLIERS, PLIERS_STAGING, PUSHED, EPHITUP, EPHITUP_SPLIT, PORTAL],
  );
  expect([code, stdout + stderr]).toEqual([0, expect.not.stringMatching(/FAILED|duplicate/)]);
});

function promtool(...args: string[]) {
  return command(['chroot', ROOT_FILE_SYSTEM, 'sh', '-c', `cd ${inside} && exec promtool "$@"`, 'sh', ...args]);
}

type Series = Readonly<Record<string, string>>;
type Labels = Readonly<Record<string, string>>;

interface Case {
  readonly rules: string;
  /** Values by series, one per minute, in promtool's notation: they replace or add to the healthy ones. */
  readonly series: Series;
  /** When alerts are evaluated. */
  readonly at: string;
  /** The evaluation interval of rules; short ones are slow. @default 1m */
  readonly every?: string;
  /** Exactly the alerts that fire then. */
  readonly rings: readonly Labels[];
}

let count = 0;

async function look({ rules: file, series, at, every = '1m', rings }: Case) {
  count += 1;
  const text = (labels: Labels) =>
    Object.entries({ ...labels, alertstate: 'firing' })
      .map(([label, value]) => `${label}="${value}"`)
      .join(', ');
  const expected = rings.map((labels) => ({ labels: `ALERTS{${text(labels)}}`, value: 1 }));
  writeFileSync(
    join(folder, `test-${count}.yaml`),
    stringify({
      rule_files: [file],
      evaluation_interval: every,
      // Otherwise alerts may be evaluated before the recording rules that they use, whose values are too old with long steps.
      group_eval_order: order.get(file),
      tests: [
        {
          interval: '1m',
          input_series: Object.entries({ ...well.get(file), ...series }).map(([name, values]) => ({
            series: name,
            values,
          })),
          promql_expr_test: [{ expr: 'ALERTS{alertstate="firing"}', eval_time: at, exp_samples: expected }],
        },
      ],
    }),
  );
  const { code, stdout, stderr } = await promtool('test', 'rules', `test-${count}.yaml`);
  expect(code === 0 ? '' : stdout + stderr).toBe('');
}

const of = (system: string, alertname: string, namespace: string, severity: string, more: Labels): Labels => ({
  alertname,
  environment: namespace.includes('staging') ? 'staging' : 'production',
  namespace,
  severity,
  system,
  ...more,
});
const salient = (alertname: string, severity: string, more: Labels, namespace = 'salient-prod') =>
  of('salient', alertname, namespace, severity, more);
const pliers = (alertname: string, severity: string, more: Labels, namespace = 'pliers-prod') =>
  of('pliers', alertname, namespace, severity, more);

/** The series in which a kind of edge counts requests to a component, by status. */
interface Edge {
  readonly rules: string;
  readonly requests: (status: string) => string;
  readonly bucket: (le: string) => string;
  /** One second in the unit of its histogram. */
  readonly second: number;
  /** Whether it measures response times. @default true */
  readonly timed?: false;
  readonly component: string;
  readonly alert: typeof salient;
  /** Series of another system, for which no alert may fire. */
  readonly others: (status: string) => string;
}

const nginx = (labels: string) => ({
  rules: SALIENT,
  requests: (status: string) =>
    `nginx_ingress_controller_requests{${labels},ingress="salient-ingress",status="${status}"}`,
  others: (status: string) =>
    `nginx_ingress_controller_requests{${labels.replaceAll('salient-prod', 'other')},ingress="salient-ingress",status="${status}"}`,
  bucket: (le: string) => `nginx_ingress_controller_header_duration_seconds_bucket{${labels},le="${le}"}`,
  second: 1,
  component: 'chat-api',
  alert: salient,
});
const traefik = (file: string, service: string, label = 'service'): Edge => ({
  rules: file,
  requests: (code) => `traefik_service_requests_total{${label}="${service}",code="${code}",protocol="http"}`,
  others: (code) => `traefik_service_requests_total{${label}="${service.replace('pliers', 'other')}",code="${code}"}`,
  bucket: (le) =>
    `traefik_service_request_duration_seconds_bucket{${label}="${service}",protocol="http",code="200",le="${le}"}`,
  second: 1,
  component: 'ai-service',
  alert: pliers,
});

/** How Traefik 3.7 names the service of a rule, as in its /metrics. */
function ruleOf(service: string): string {
  const { routes } = find(distOf('prod', 'pliers'), 'IngressRoute', 'pliers-ingress').spec;
  const { match } = routes.find(({ services }: Any) => services[0].name === service);
  return createHash('sha256').update(match).digest('hex').slice(0, 20);
}

/** The Envoy cluster of the route to Salient's admin API. */
const ADMIN_API = `httproute/salient-prod/salient-admin-ingress/rule/${find(
  ENVOY_SALIENT_OBJECTS,
  'HTTPRoute',
  'salient-admin-ingress',
).spec.rules.findIndex(
  ({ name, backendRefs }: Any) => backendRefs[0].name === 'admin-api-svc' && !name.startsWith('upgrade'),
)}`;

const EDGES: Readonly<Record<string, Edge>> = {
  'ingress-nginx': nginx('exported_namespace="salient-prod",exported_service="chat-api-svc",namespace="ingress-nginx"'),
  'ingress-nginx, read by a PodMonitor': nginx(
    'exported_namespace="salient-prod",service="chat-api-svc",namespace="ingress-nginx"',
  ),
  'ingress-nginx, with a namespace of its own alone': nginx(
    'namespace="salient-prod",exported_service="chat-api-svc",service="metrics"',
  ),
  'ingress-nginx, with honorLabels': nginx('namespace="salient-prod",service="chat-api-svc"'),
  'Traefik, of Ingresses': {
    ...traefik(SALIENT, 'salient-prod-salient-ingress-chat-api-svc-80@kubernetesingressnginx', 'exported_service'),
    others: (code) =>
      `traefik_service_requests_total{service="other-salient-ingress-chat-api-svc-80@kubernetesingressnginx",code="${code}"}`,
    component: 'chat-api',
    alert: salient,
  },
  'Traefik, of IngressRoutes': traefik(PLIERS, `pliers-prod-pliers-ingress-${ruleOf('ai-service')}@kubernetescrd`),
  'Traefik, of the Gateway API': traefik(
    GATEWAY,
    'httproute-pliers-prod-pliers-ingress-gw-pliers-prod-pliers-ep-websecure-2-0123456789abcdef0123-svc-pliers-prod-ai-service-0@kubernetesgateway',
  ),
  'Envoy Gateway': {
    rules: ENVOY,
    requests: (code) =>
      `envoy_cluster_upstream_rq_xx{envoy_response_code_class="${code[0]}",envoy_cluster_name="httproute/pliers-prod/pliers-ingress/rule/3"}`,
    others: (code) =>
      `envoy_cluster_upstream_rq_xx{envoy_response_code_class="${code[0]}",envoy_cluster_name="httproute/pliers-prod/pliers-ingress/rule/30"}`,
    bucket: (le) =>
      `envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="httproute/pliers-prod/pliers-ingress/rule/3",le="${le}"}`,
    second: 1000,
    // Its site has streams.
    timed: false,
    component: 'ai-service',
    alert: pliers,
  },
  'Envoy Gateway, of a site without streams': {
    rules: ENVOY_SALIENT,
    requests: (code) =>
      `envoy_cluster_upstream_rq_xx{envoy_response_code_class="${code[0]}",envoy_cluster_name="${ADMIN_API}"}`,
    others: (code) =>
      `envoy_cluster_upstream_rq_xx{envoy_response_code_class="${code[0]}",envoy_cluster_name="${ADMIN_API}0"}`,
    bucket: (le) => `envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="${ADMIN_API}",le="${le}"}`,
    second: 1000,
    component: 'admin-api',
    alert: salient,
  },
  'the application': {
    rules: OWN,
    requests: (code) =>
      `http_server_request_duration_seconds_count{job="pliers-prod/ai-service",http_response_status_code="${code}"}`,
    others: (code) =>
      `http_server_request_duration_seconds_count{job="other/ai-service",http_response_status_code="${code}"}`,
    bucket: (le) => `http_server_request_duration_seconds_bucket{job="pliers-prod/ai-service",le="${le}"}`,
    second: 1,
    component: 'ai-service',
    alert: pliers,
  },
};

/** A counter that increases by this number in each step. */
const by = (step: number, steps = 60) => `0+${step}x${steps}`;

describe.each(Object.entries(EDGES))('requests as %s counts them', (_, edge) => {
  const { rules: file, requests: counted, others, bucket, second, timed = true, component, alert } = edge;
  const slow = (le: number) => ({
    [bucket('+Inf')]: by(100),
    [bucket(String(60 * second))]: by(100),
    [bucket(String(le * second))]: by(94),
    [bucket(String(0.1 * second))]: by(0),
  });

  test('errors: more than 5 of 100, of this system only', async () => {
    const labels = { component };
    const burning = [
      alert('ErrorBudgetBurn', 'critical', { ...labels, window: '1h' }),
      alert('ErrorBudgetBurn', 'critical', { ...labels, window: '6h' }),
    ];
    const most = { rules: file, at: '50m', every: '5m' };
    const series = { [counted('200')]: by(94), [counted('500')]: by(6), [others('500')]: by(100) };
    await look({ ...most, series, rings: [alert('ErrorRateHigh', 'critical', labels), ...burning] });
    await look({
      ...most,
      series: { [counted('200')]: by(95), [counted('400')]: by(5), [others('500')]: by(100) },
      rings: [],
    });
    await look({ ...most, series: { [counted('200')]: by(0), [counted('500')]: by(0) }, rings: [] });
  });

  test('latency: 95 of 100 responses within the target', async () => {
    const seconds = component === 'chat-api' || component === 'ai-service' ? 5 : 0.2;
    const most = { rules: file, at: '30m', every: '5m' };
    await look({
      ...most,
      series: slow(seconds),
      rings: timed ? [alert('LatencyHigh', 'warning', { component })] : [],
    });
    await look({ ...most, series: { ...slow(seconds), [bucket(String(seconds * second))]: by(96) }, rings: [] });
    await look({ ...most, at: '5m', series: slow(seconds), rings: [] });
  });
});

test('during a migration between edges, requests to both are summed up, and the slower one decides the latency', async () => {
  const [first, second] = [EDGES['ingress-nginx'], EDGES['Traefik, of Ingresses']] as [Edge, Edge];
  const most = { rules: SALIENT, at: '30m', every: '5m' };
  const errors = (good: Edge, bad: Edge, failed: number) => ({
    [good.requests('200')]: by(100),
    [bad.requests('200')]: by(100 - failed),
    [bad.requests('500')]: by(failed),
  });
  const answers = ({ bucket }: Edge, quick: number) => ({
    [bucket('+Inf')]: by(100),
    [bucket('5')]: by(quick),
    [bucket('0.1')]: by(0),
  });
  const labels = { component: 'chat-api' };
  const burning = ['1h', '6h'].map((window) => salient('ErrorBudgetBurn', 'critical', { ...labels, window }));
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const) {
    // 12 of 200 are more than 5 of 100, 8 are not.
    const rings = [salient('ErrorRateHigh', 'critical', labels), ...burning];
    await look({ ...most, series: errors(one, other, 12), rings });
    await look({ ...most, series: errors(one, other, 8), rings: burning });
    const slow = [salient('LatencyHigh', 'warning', labels)];
    await look({ ...most, series: { ...answers(one, 99), ...answers(other, 90) }, rings: slow });
    await look({ ...most, series: { ...answers(one, 99), ...answers(other, 99) }, rings: [] });
  }
});

test('error budgets: fast burns page at night, slow ones by day, and each alert ends with its short window', async () => {
  const { requests: counted } = EDGES['Traefik, of IngressRoutes'] as Edge;
  const burn = (window: string, severity: string) =>
    pliers('ErrorBudgetBurn', severity, { component: 'ai-service', window });
  // Of 100,000 requests in a minute: 14.4, 6, 3, 1 times 0.1 % is 1440, 600, 300, 100.
  const minutes = 18 * 60;
  const at = (errors: number, mended: number, time: string, rings: readonly Labels[]) =>
    look({
      rules: PLIERS,
      every: '10m',
      at: time,
      series: {
        [counted('200')]: by(100_000 - errors, minutes),
        [counted('500')]: `0+${errors}x${mended} ${errors * mended}x${minutes}`,
      },
      rings,
    });
  const rung = [burn('1h', 'critical'), burn('6h', 'critical'), burn('1d', 'warning'), burn('3d', 'warning')];
  await at(1500, minutes, '6h', rung);
  await at(700, minutes, '6h', rung.slice(1));
  await at(350, minutes, '6h', rung.slice(2));
  await at(110, minutes, '6h', rung.slice(3));
  await at(90, minutes, '6h', []);
  // Fixed after six hours: ten minutes ago, an hour ago, a quarter of a day ago.
  await at(1500, 360, '370m', rung.slice(1));
  await at(1500, 360, '7h', rung.slice(2));
  await at(1500, 360, '13h', []);
});

test('error budgets: under low traffic, a few failed requests fire no alert', async () => {
  const { requests: counted } = EDGES['Traefik, of IngressRoutes'] as Edge;
  const failed = (often: number) => ({
    rules: PLIERS,
    every: '5m',
    at: '1h',
    series: {
      [counted('200')]: by(1, 100),
      // One every three minutes, or every ten: 20 of 80 requests in an hour, or 6 of 66.
      [counted('500')]: Array.from({ length: 100 }, (_, minute) => Math.floor(minute / often)).join(' '),
    },
  });
  const high = pliers('ErrorRateHigh', 'critical', { component: 'ai-service' });
  const burning = ['1h', '6h'].map((window) =>
    pliers('ErrorBudgetBurn', 'critical', { component: 'ai-service', window }),
  );
  await look({ ...failed(3), rings: [high, ...burning] });
  await look({ ...failed(10), at: '55m', rings: [] });
});

/** A constant gauge. */
const is = (value: number) => `${value}x5000`;
/** A missing series. */
const GONE = '_x5000';
const available = (namespace: string, name: string) =>
  `kube_deployment_status_replicas_available{namespace="${namespace}",deployment="${name}"}`;
const postgres = (index: number) =>
  `kube_pod_status_ready{namespace="salient-staging-admin",pod="postgres-${index}",condition="true"}`;
const baseBackup =
  'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{job="salient-staging-admin/postgres",pod="postgres-1"}';
const pod = 'chat-api-6d5f7c8b9d-x2x4z';
const limits = (namespace: string, name: string, container: string) =>
  `kube_pod_container_resource_limits{namespace="${namespace}",pod="${name}",container="${container}",resource="memory"}`;
const workingSet = (namespace: string, name: string, container: string) =>
  `container_memory_working_set_bytes{namespace="${namespace}",pod="${name}",container="${container}"}`;
const day = 86_400;
const wanted = (name: string) => `kube_deployment_spec_replicas{namespace="salient-prod",deployment="${name}"}`;
const archived = (pod: string) =>
  `cnpg_pg_stat_archiver_last_archived_time{job="salient-staging-admin/postgres",pod="${pod}"}`;
const waiting = (pod: string) =>
  `cnpg_collector_pg_wal_archive_status{job="salient-staging-admin/postgres",pod="${pod}",value="ready"}`;
/** The series of a Job of Salient, in samples of one per minute; kube-state-metrics has none of a Job that is deleted. */
const job = (
  name: string,
  { from = 0, to, at }: { from?: number; to: number; at: { start: number; end: number } },
  failed: boolean,
): Series => {
  const labels = `namespace="salient-admin",job_name="${name}"`;
  const during = (value: number) => `${from === 0 ? '' : `_x${from - 1} `}${value}x${to - from} _x30000`;
  return {
    [`kube_job_status_start_time{${labels}}`]: during(at.start),
    ...(failed
      ? { [`kube_job_failed{${labels},condition="true"}`]: during(1) }
      : { [`kube_job_status_completion_time{${labels}}`]: during(at.end) }),
  };
};
const drill = (name: string) => `namespace="pliers-staging-data",job_name="${name}"`;
const succeeded = (cronjob: string) =>
  `kube_cronjob_status_last_successful_time{namespace="pliers-staging-data",cronjob="${cronjob}"}`;
const created = (cronjob: string) => `kube_cronjob_created{namespace="pliers-staging-data",cronjob="${cronjob}"}`;
const expires = (namespace: string) =>
  `certmanager_certificate_expiration_timestamp_seconds{name="salient-tls-cert",${namespace}}`;
const migration = (job: string) => `namespace="salient-admin",job_name="migrations-${job}"`;
const data = 'pliers-staging-data';
const dumped = (task: string, server: string, database: string) =>
  `berth_backup_last_success_timestamp_seconds{task="${task}",server="${server}",database="${database}",job="pushgateway",namespace="monitoring"}`;
const pushed = (database: string) => dumped('pliers-prod-data.backup', 'main', database);

const OTHERS: readonly (readonly [what: string, ring: Case, silence: Omit<Case, 'rules' | 'rings'>])[] = [
  [
    'a Deployment without a pod',
    {
      rules: SALIENT,
      series: { [available('salient-prod', 'chat-api')]: is(0) },
      at: '5m',
      rings: [salient('ServiceDown', 'critical', { component: 'chat-api' })],
    },
    {
      series: {
        [available('salient-prod', 'chat-api')]: is(1),
        [available('salient-staging', 'chat-api')]: is(0),
      },
      at: '5m',
    },
  ],
  [
    'a Deployment that is gone',
    {
      rules: SALIENT,
      series: { [available('salient-prod', 'chat-api')]: `1x9 ${GONE}` },
      at: '20m',
      rings: [salient('ServiceDown', 'critical', { component: 'chat-api' })],
    },
    // A release in which it is created again.
    { series: { [available('salient-prod', 'chat-api')]: '1x9 _ 1x60' }, at: '20m' },
  ],
  [
    'a cluster without pods',
    {
      rules: SALIENT_STAGING,
      series: { [postgres(1)]: GONE, [postgres(2)]: GONE, [postgres(3)]: GONE },
      at: '5m',
      rings: [salient('ServiceDown', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    { series: { [postgres(1)]: GONE, [postgres(2)]: is(1), [postgres(3)]: GONE }, at: '5m' },
  ],
  [
    'a Prometheus that reads nothing of kube-state-metrics, and for nothing else of that',
    {
      rules: PLIERS_STAGING,
      series: Object.fromEntries(
        Object.keys(well.get(PLIERS_STAGING) ?? {})
          .filter((name) => name.startsWith('kube_'))
          .map((name) => [name, GONE]),
      ),
      at: '35h',
      every: '30m',
      rings: [pliers('MonitoringBlind', 'critical', {}, 'pliers-staging')],
    },
    { series: { 'kube_namespace_created{namespace="default"}': `_ ${is(0)}` }, at: '10m' },
  ],
  [
    'a StatefulSet without a pod',
    {
      rules: PLIERS_STAGING,
      series: { [`kube_statefulset_status_replicas_ready{namespace="${data}",statefulset="postgres"}`]: is(0) },
      at: '5m',
      rings: [pliers('ServiceDown', 'critical', { component: 'postgres' }, data)],
    },
    {
      series: { [`kube_statefulset_status_replicas_ready{namespace="${data}",statefulset="postgres"}`]: '0 0 1x20' },
      at: '5m',
    },
  ],
  [
    'a cluster without an instance',
    {
      rules: SALIENT_STAGING,
      series: { [postgres(1)]: is(0), [postgres(2)]: is(0), [postgres(3)]: is(0) },
      at: '5m',
      rings: [salient('ServiceDown', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    {
      series: {
        [postgres(1)]: is(0),
        [postgres(2)]: is(1),
      },
      at: '5m',
    },
  ],
  [
    'clients that wait at PgBouncer',
    {
      rules: SALIENT,
      series: {
        'pgbouncer_pools_client_waiting_connections{job="salient-admin/pgbouncer",pod="a",database="tenant_acme"}':
          is(3),
        'pgbouncer_pools_client_waiting_connections{job="salient-admin/pgbouncer",pod="b",database="tenant_acme"}':
          is(0),
      },
      at: '5m',
      rings: [salient('ConnectionPoolExhausted', 'critical', { component: 'pgbouncer' }, 'salient-admin')],
    },
    {
      series: {
        'pgbouncer_pools_client_waiting_connections{job="salient-admin/pgbouncer",pod="a"}': '0 3 0 3 0x20',
        'pgbouncer_pools_client_waiting_connections{job="salient-staging-admin/pgbouncer",pod="a"}': is(3),
      },
      at: '5m',
    },
  ],
  [
    "requests that wait in the API's pool",
    {
      rules: PLIERS,
      series: { 'db_client_connection_pending_requests{job="pliers-prod/api",pod="a"}': is(2) },
      at: '5m',
      rings: [pliers('ConnectionPoolExhausted', 'critical', { component: 'api' })],
    },
    { series: { 'db_client_connection_pending_requests{job="pliers-prod/api",pod="a"}': is(0) }, at: '5m' },
  ],
  [
    "connections at a cluster's limit",
    {
      rules: SALIENT_STAGING,
      series: {
        'cnpg_backends_total{job="salient-staging-admin/postgres",pod="postgres-1",state="active",datname="a"}':
          is(100),
        'cnpg_backends_total{job="salient-staging-admin/postgres",pod="postgres-1",state="idle",datname="a"}': is(85),
        'cnpg_pg_settings_setting{job="salient-staging-admin/postgres",pod="postgres-1",name="max_connections"}':
          is(200),
      },
      at: '5m',
      rings: [salient('ConnectionPoolExhausted', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    {
      series: {
        'cnpg_backends_total{job="salient-staging-admin/postgres",pod="postgres-1",state="active",datname="a"}':
          is(170),
        'cnpg_backends_total{job="salient-staging-admin/postgres",pod="postgres-2",state="active",datname="a"}':
          is(170),
        'cnpg_pg_settings_setting{job="salient-staging-admin/postgres",pod="postgres-1",name="max_connections"}':
          is(200),
        'cnpg_pg_settings_setting{job="salient-staging-admin/postgres",pod="postgres-2",name="max_connections"}':
          is(200),
      },
      at: '5m',
    },
  ],
  [
    'a volume with 9 % left',
    {
      rules: PLIERS_STAGING,
      series: {
        [`kubelet_volume_stats_available_bytes{namespace="${data}",persistentvolumeclaim="redis-data"}`]: is(9),
        [`kubelet_volume_stats_capacity_bytes{namespace="${data}",persistentvolumeclaim="redis-data"}`]: is(100),
      },
      at: '15m',
      rings: [pliers('DiskSpaceLow', 'critical', { component: 'redis', persistentvolumeclaim: 'redis-data' }, data)],
    },
    {
      series: {
        [`kubelet_volume_stats_available_bytes{namespace="${data}",persistentvolumeclaim="redis-data"}`]: is(11),
        [`kubelet_volume_stats_capacity_bytes{namespace="${data}",persistentvolumeclaim="redis-data"}`]: is(100),
        'kubelet_volume_stats_available_bytes{namespace="other",persistentvolumeclaim="redis-data"}': is(1),
        'kubelet_volume_stats_capacity_bytes{namespace="other",persistentvolumeclaim="redis-data"}': is(100),
      },
      at: '15m',
    },
  ],
  [
    'the volume of an instance',
    {
      rules: SALIENT_STAGING,
      series: {
        'kubelet_volume_stats_available_bytes{namespace="salient-staging-admin",persistentvolumeclaim="postgres-2"}':
          is(9),
        'kubelet_volume_stats_capacity_bytes{namespace="salient-staging-admin",persistentvolumeclaim="postgres-2"}':
          is(100),
      },
      at: '15m',
      rings: [
        salient(
          'DiskSpaceLow',
          'critical',
          { component: 'postgres', persistentvolumeclaim: 'postgres-2' },
          'salient-staging-admin',
        ),
      ],
    },
    { series: {}, at: '15m' },
  ],
  [
    'memory at 95 % of the limit',
    {
      rules: SALIENT,
      series: {
        [workingSet('salient-prod', pod, 'chat-api')]: is(95),
        [workingSet('salient-prod', pod, '')]: is(1000),
        [limits('salient-prod', pod, 'chat-api')]: is(100),
      },
      at: '15m',
      rings: [salient('MemoryHigh', 'warning', { component: 'chat-api', container: 'chat-api', pod })],
    },
    {
      series: {
        [workingSet('salient-prod', pod, 'chat-api')]: is(89),
        [limits('salient-prod', pod, 'chat-api')]: is(100),
        [workingSet('other', pod, 'chat-api')]: is(99),
        [limits('other', pod, 'chat-api')]: is(100),
      },
      at: '15m',
    },
  ],
  [
    'one pod with all processes that has been near its limit of memory for an hour',
    {
      rules: EPHITUP,
      series: {
        [workingSet('ephitup-prod', 'ephitup-0', 'ephitup')]: is(85),
        [limits('ephitup-prod', 'ephitup-0', 'ephitup')]: is(100),
      },
      at: '61m',
      rings: [of('ephitup', 'PodOutgrown', 'ephitup-prod', 'warning', { component: 'ephitup' })],
    },
    {
      series: {
        [workingSet('ephitup-prod', 'ephitup-0', 'ephitup')]: is(79),
        [limits('ephitup-prod', 'ephitup-0', 'ephitup')]: is(100),
      },
      at: '59m',
    },
  ],
  [
    'one pod with all processes that has been near its limit of CPU for an hour',
    {
      rules: EPHITUP,
      series: {
        'container_cpu_usage_seconds_total{namespace="ephitup-prod",pod="ephitup-0",container="ephitup"}': '0+110x5000',
        'kube_pod_container_resource_limits{namespace="ephitup-prod",pod="ephitup-0",container="ephitup",resource="cpu"}':
          is(2),
      },
      at: '70m',
      rings: [of('ephitup', 'PodOutgrown', 'ephitup-prod', 'warning', { component: 'ephitup' })],
    },
    {
      series: {
        'container_cpu_usage_seconds_total{namespace="ephitup-prod",pod="ephitup-0",container="ephitup"}': '0+80x5000',
        'kube_pod_container_resource_limits{namespace="ephitup-prod",pod="ephitup-0",container="ephitup",resource="cpu"}':
          is(2),
      },
      at: '70m',
    },
  ],
  [
    'no backup for 31 hours',
    {
      rules: PLIERS_STAGING,
      series: { [succeeded('backup')]: is(0), [created('backup')]: is(-10 * day) },
      at: '31h',
      every: '30m',
      rings: [pliers('BackupTooOld', 'critical', { component: 'backup' }, data)],
    },
    { series: { [succeeded('backup')]: is(2 * 3600), [created('backup')]: is(-10 * day) }, at: '31h', every: '30m' },
  ],
  [
    'no backup ever, of a CronJob that is there for days',
    {
      rules: PLIERS_STAGING,
      series: { [created('redis-backup')]: is(0) },
      at: '31h',
      every: '30m',
      rings: [pliers('BackupTooOld', 'critical', { component: 'redis-backup' }, data)],
    },
    { series: { [created('redis-backup')]: is(2 * day) }, at: '31h', every: '30m' },
  ],
  [
    'a backup whose CronJob is gone',
    {
      rules: PLIERS_STAGING,
      series: { [created('backup')]: GONE },
      // The clock of these tests begins at zero.
      at: '35h',
      every: '30m',
      rings: [pliers('BackupTooOld', 'critical', { component: 'backup' }, data)],
    },
    { series: {}, at: '35h', every: '30m' },
  ],
  [
    'a restore drill whose CronJob is gone',
    {
      rules: PLIERS_STAGING,
      series: { [created('restore-drill')]: GONE },
      at: '35h',
      every: '30m',
      rings: [pliers('RestoreDrillFailed', 'critical', { component: 'restore-drill' }, data)],
    },
    { series: {}, at: '35h', every: '30m' },
  ],
  [
    'a base backup without metrics',
    {
      rules: SALIENT_STAGING,
      series: { [baseBackup]: GONE },
      at: '50h',
      every: '30m',
      rings: [salient('BackupTooOld', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    { series: {}, at: '50h', every: '30m' },
  ],
  [
    'a certificate without metrics',
    {
      rules: SALIENT,
      series: { [expires('namespace="salient-prod"')]: GONE },
      at: '2h',
      every: '10m',
      rings: [salient('CertificateExpiring', 'critical', { certificate: 'salient-tls-cert' })],
    },
    { series: {}, at: '2h', every: '10m' },
  ],
  [
    'a cluster without a base backup for more than two days',
    {
      rules: SALIENT_STAGING,
      series: {
        [baseBackup]: is(-2 * day),
      },
      at: '15m',
      rings: [salient('BackupTooOld', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    {
      series: {
        [baseBackup]: is(-2 * day),
        'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{job="salient-staging-admin/postgres",pod="postgres-2"}':
          is(-day),
      },
      at: '15m',
    },
  ],
  [
    'a database that was not dumped for more than 30 hours, beside another one',
    {
      rules: PUSHED,
      series: { [pushed('pliers')]: is(-31 * 3600), [pushed('reports')]: is(-29 * 3600) },
      at: '15m',
      rings: [
        pliers(
          'DatabaseBackupTooOld',
          'critical',
          { component: 'backup', server: 'main', database: 'pliers' },
          'pliers-prod-data',
        ),
      ],
    },
    {
      series: {
        [pushed('pliers')]: is(-29 * 3600),
        // Of another environment, and of a server that is not there any more.
        [dumped('pliers-staging-data.backup', 'main', 'pliers')]: is(-31 * 3600),
        [dumped('pliers-prod-data.backup', 'eu', 'pliers')]: is(-31 * 3600),
      },
      at: '15m',
    },
  ],
  [
    'a server of which no dump was told for more than 30 hours',
    {
      rules: PUSHED,
      series: { [dumped('pliers-staging-data.backup', 'main', 'pliers')]: is(3600 * 30) },
      at: '31h',
      every: '30m',
      rings: [
        pliers(
          'DatabaseBackupsUnknown',
          'warning',
          { component: 'backup', server: 'main', task: 'pliers-prod-data.backup' },
          'pliers-prod-data',
        ),
      ],
    },
    { series: {}, at: '29h', every: '30m' },
  ],
  [
    'a drill that failed',
    {
      rules: PLIERS_STAGING,
      series: {
        [succeeded('restore-drill')]: is(60),
        [`kube_job_status_start_time{${drill('restore-drill-28000001')}}`]: is(120),
        [`kube_job_failed{${drill('restore-drill-28000001')},condition="true"}`]: is(1),
      },
      at: '30m',
      rings: [pliers('RestoreDrillFailed', 'critical', { component: 'restore-drill' }, data)],
    },
    {
      series: {
        [succeeded('restore-drill')]: is(600),
        [`kube_job_status_start_time{${drill('restore-drill-28000001')}}`]: is(120),
        [`kube_job_failed{${drill('restore-drill-28000001')},condition="true"}`]: is(1),
        [`kube_job_status_start_time{${drill('restore-drill-28000002')}}`]: is(900),
        [`kube_job_failed{${drill('restore-drill-28000002')},condition="true"}`]: is(0),
        [`kube_job_status_start_time{${drill('redis-restore-drill-x')}}`]: is(900),
        [`kube_job_failed{${drill('redis-restore-drill-x')},condition="true"}`]: is(1),
      },
      at: '30m',
    },
  ],
  [
    'no drill for 31 hours',
    {
      rules: PLIERS_STAGING,
      series: { [succeeded('restore-drill')]: is(0) },
      at: '31h',
      every: '30m',
      rings: [pliers('RestoreDrillFailed', 'critical', { component: 'restore-drill' }, data)],
    },
    { series: { [succeeded('restore-drill')]: is(3600 * 3) }, at: '31h', every: '30m' },
  ],
  [
    'a certificate with 9 days left',
    {
      rules: SALIENT,
      series: {
        [expires('namespace="salient-prod"')]: GONE,
        [expires('exported_namespace="salient-prod",namespace="cert-manager"')]: is(9 * day),
      },
      at: '2h',
      every: '10m',
      rings: [salient('CertificateExpiring', 'critical', { certificate: 'salient-tls-cert' })],
    },
    {
      series: {
        [expires('namespace="salient-prod"')]: GONE,
        [expires('exported_namespace="salient-prod",namespace="cert-manager"')]: is(11 * day),
        [expires('exported_namespace="other",namespace="cert-manager"')]: is(1),
      },
      at: '2h',
      every: '10m',
    },
  ],
  [
    'a certificate that was never there, as one with honorLabels says it',
    {
      rules: SALIENT,
      series: {
        [expires('namespace="salient-prod"')]: is(0),
      },
      at: '2h',
      every: '10m',
      rings: [salient('CertificateExpiring', 'critical', { certificate: 'salient-tls-cert' })],
    },
    {
      series: {
        [expires('namespace="salient-prod"')]: `0x30 ${90 * day}x200`,
      },
      at: '2h',
      every: '10m',
    },
  ],
  [
    'an autoscaler that has no more pods to give',
    {
      rules: SALIENT,
      series: {
        'kube_horizontalpodautoscaler_status_current_replicas{namespace="salient-prod",horizontalpodautoscaler="chat-api-hpa"}':
          is(20),
        'kube_horizontalpodautoscaler_spec_max_replicas{namespace="salient-prod",horizontalpodautoscaler="chat-api-hpa"}':
          is(20),
      },
      at: '20m',
      rings: [salient('AutoscalerAtMaximum', 'warning', { component: 'chat-api' })],
    },
    {
      series: {
        'kube_horizontalpodautoscaler_status_current_replicas{namespace="salient-prod",horizontalpodautoscaler="chat-api-hpa"}':
          is(19),
        'kube_horizontalpodautoscaler_spec_max_replicas{namespace="salient-prod",horizontalpodautoscaler="chat-api-hpa"}':
          is(20),
      },
      at: '20m',
    },
  ],
  [
    'a migration that failed',
    {
      rules: SALIENT,
      series: {
        [`kube_job_status_completion_time{${migration('0123456789')}}`]: is(-900),
        [`kube_job_status_start_time{${migration('fedcba9876')}}`]: is(-60),
        [`kube_job_failed{${migration('fedcba9876')},condition="true"}`]: is(1),
      },
      at: '1m',
      rings: [salient('MigrationFailed', 'critical', { component: 'migrations' }, 'salient-admin')],
    },
    {
      series: {
        [`kube_job_status_start_time{${migration('0123456789')}}`]: is(-900),
        [`kube_job_failed{${migration('0123456789')},condition="true"}`]: is(1),
        [`kube_job_status_completion_time{${migration('fedcba9876')}}`]: is(-60),
        [`kube_job_status_start_time{${migration('aaaaaaaaaa')}}`]: is(-30),
        [`kube_job_failed{${migration('aaaaaaaaaa')},condition="false"}`]: is(1),
      },
      at: '1m',
    },
  ],
  [
    'a Deployment of which one pod has not been ready for long',
    {
      rules: SALIENT,
      series: { [available('salient-prod', 'chat-api')]: is(2), [wanted('chat-api')]: is(3) },
      at: '20m',
      rings: [salient('PodsMissing', 'warning', { component: 'chat-api' })],
    },
    // A node that was replaced within 15 minutes.
    { series: { [available('salient-prod', 'chat-api')]: '3x5 2x10 3x60', [wanted('chat-api')]: is(3) }, at: '20m' },
  ],
  [
    'a Deployment with all pods again',
    {
      rules: SALIENT,
      series: { [available('salient-prod', 'chat-api')]: '2x30 3x60', [wanted('chat-api')]: is(3) },
      at: '30m',
      rings: [salient('PodsMissing', 'warning', { component: 'chat-api' })],
    },
    { series: { [available('salient-prod', 'chat-api')]: '2x30 3x60', [wanted('chat-api')]: is(3) }, at: '32m' },
  ],
  [
    'a Deployment without any pod, which is not said twice',
    {
      rules: SALIENT,
      series: { [available('salient-prod', 'chat-api')]: is(0), [wanted('chat-api')]: is(3) },
      at: '20m',
      rings: [salient('ServiceDown', 'critical', { component: 'chat-api' })],
    },
    { series: { [available('salient-prod', 'chat-api')]: is(4), [wanted('chat-api')]: is(3) }, at: '20m' },
  ],
  [
    'a cluster with one instance less',
    {
      rules: SALIENT_STAGING,
      series: { [postgres(1)]: is(1), [postgres(2)]: is(1), [postgres(3)]: is(0) },
      at: '20m',
      rings: [salient('PodsMissing', 'warning', { component: 'postgres' }, 'salient-staging-admin')],
    },
    { series: {}, at: '20m' },
  ],
  [
    'segments of the log that wait for the archive',
    {
      rules: SALIENT_STAGING,
      series: { [archived('postgres-1')]: is(60), [waiting('postgres-1')]: is(2) },
      at: '30m',
      rings: [salient('WalArchivingStalled', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    // A database without writes, then a segment of it; and a former primary, which has no statistics.
    {
      series: {
        [archived('postgres-1')]: is(60),
        [waiting('postgres-1')]: '0x20 1x5 0x60',
        [waiting('postgres-2')]: is(3),
      },
      at: '30m',
    },
  ],
  [
    'a cluster that has never archived anything',
    {
      rules: SALIENT_STAGING,
      series: { [archived('postgres-1')]: is(-1), [waiting('postgres-1')]: is(9) },
      at: '30m',
      rings: [salient('WalArchivingStalled', 'critical', { component: 'postgres' }, 'salient-staging-admin')],
    },
    // It has caught up.
    { series: { [archived('postgres-1')]: '-1x25 1560x60', [waiting('postgres-1')]: '9x25 0x60' }, at: '30m' },
  ],
  [
    'a provisioning that failed',
    {
      rules: SALIENT,
      series: job('provisioning-0123456789', { to: 600, at: { start: 60, end: 0 } }, true),
      at: '5m',
      rings: [salient('ProvisioningFailed', 'critical', { component: 'provisioning' }, 'salient-admin')],
    },
    {
      series: {
        ...job('provisioning-0123456789', { to: 600, at: { start: 60, end: 0 } }, true),
        ...job('provisioning-fedcba9876', { to: 600, at: { start: 120, end: 180 } }, false),
      },
      at: '5m',
    },
  ],
  [
    'a failed provisioning whose Job was deleted a day later',
    {
      rules: SALIENT,
      series: job('provisioning-0123456789', { to: 1440, at: { start: 60, end: 0 } }, true),
      at: '29h',
      every: '30m',
      rings: [salient('ProvisioningFailed', 'critical', { component: 'provisioning' }, 'salient-admin')],
    },
    // The same Job, which Argo CD made anew at the next sync. Both were deleted.
    {
      series: {
        ...job('provisioning-0123456789', { to: 100, at: { start: 60, end: 0 } }, true),
        'kube_job_status_completion_time{namespace="salient-admin",job_name="provisioning-0123456789"}':
          '_x119 7300x100 _x30000',
      },
      at: '29h',
      every: '30m',
    },
  ],
  [
    'a failed migration whose Job was deleted, until one succeeds',
    {
      rules: SALIENT,
      series: job('migrations-0123456789', { to: 1440, at: { start: 60, end: 0 } }, true),
      at: '29h',
      every: '30m',
      rings: [salient('MigrationFailed', 'critical', { component: 'migrations' }, 'salient-admin')],
    },
    // A migration that succeeded and was deleted, too. Now it runs again, as at each sync of Argo CD.
    {
      series: {
        ...job('migrations-0123456789', { to: 1440, at: { start: 60, end: 0 } }, true),
        ...job('migrations-fedcba9876', { from: 120, to: 1500, at: { start: 7200, end: 7300 } }, false),
        'kube_job_status_start_time{namespace="salient-admin",job_name="migrations-0123456789"}': `60x1440 _x200 ${28.9 * 3600}x300`,
      },
      at: '29h',
      every: '30m',
    },
  ],
  [
    'a migration that succeeded before one that failed and was deleted',
    {
      rules: SALIENT,
      series: {
        ...job('migrations-fedcba9876', { to: 1440, at: { start: 60, end: 90 } }, false),
        ...job('migrations-0123456789', { from: 30, to: 60, at: { start: 1800, end: 0 } }, true),
      },
      at: '6h',
      every: '30m',
      rings: [salient('MigrationFailed', 'critical', { component: 'migrations' }, 'salient-admin')],
    },
    { series: job('migrations-fedcba9876', { to: 1440, at: { start: 60, end: 90 } }, false), at: '6h', every: '30m' },
  ],
];

test.each(OTHERS)('%s fires alone, and does not fire without its cause', async (_, ring, silence) => {
  await look(ring);
  await look({ rules: ring.rules, rings: [], ...silence });
});

describe('an application that requires something', () => {
  const portal = (series: Series, at: string, ...rings: Labels[]) =>
    look({ rules: PORTAL, series, at, every: '30m', rings });
  const dumped = 'kube_cronjob_status_last_successful_time{namespace="portal-prod-data",cronjob="backup"}';
  const tokens = 'gen_ai_client_token_usage_sum{job="portal-prod/neuron"}';

  test('twice the tokens of a day', async () => {
    await portal({ [tokens]: '0+36000x5000' }, '25h', of('portal', 'AiTokensHigh', 'portal-prod', 'warning', {}));
    await portal({ [tokens]: '0+33000x5000' }, '25h');
  });

  test('a dump that is an hour older than what may be lost', async () => {
    const tooOld = of('portal', 'BackupTooOld', 'portal-prod-data', 'critical', { component: 'backup' });
    await portal({ [dumped]: '0x5000' }, '8h', tooOld);
    await portal({ [dumped]: '0x5000' }, '7h');
  });
});
