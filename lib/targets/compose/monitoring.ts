import { imageReference } from '../../base/image';
import { imageOf } from '../../base/versions';
import { portOfName } from '../../model/port';
import type { Pod } from './pods';
import { METRICS, PROXY } from './proxy';

/** The profile of the services that monitor. */
const PROFILE = 'monitoring';

const PROMETHEUS = 'prometheus';
const GRAFANA = 'grafana';

/** The port of this machine at which Grafana answers. Source: the seed of Pliers, "Monitoring Stack". */
const GRAFANA_PORT = 3003;

/** The users that both images have. */
const USERS = { [PROMETHEUS]: 65534, [GRAFANA]: 472 };

const IMAGES = {
  [PROMETHEUS]: imageReference(imageOf('Prometheus')),
  [GRAFANA]: imageReference(imageOf('Grafana')),
};

const DATA = { [PROMETHEUS]: '/prometheus', [GRAFANA]: '/var/lib/grafana' };

/** Who has metrics: the components that say so, and the proxy. */
function scraped(pods: readonly Pod[]) {
  return pods.flatMap(({ name, component, containers }) => {
    if (component?.metrics === undefined) return [];
    const { path, port } = component.metrics;
    const ports = containers.flatMap((one) => one.ports);
    return [{ name, path, port: port ?? portOfName({ name, ports }).port }];
  });
}

/** What Prometheus asks, and when it alerts. Each replica has an address of its own in compose's DNS. Source: prometheus.io. */
function prometheusFiles(pods: readonly Pod[]) {
  const jobs = [...scraped(pods), { name: PROXY, path: '/metrics', port: METRICS }];
  const down = {
    alert: 'ServiceDown',
    expr: 'up == 0',
    for: '5m',
    annotations: { summary: '{{ $labels.job }} does not answer' },
  };
  const errors = {
    alert: 'ServerErrors',
    expr: 'sum by (service) (rate(traefik_service_requests_total{code=~"5.."}[5m])) / sum by (service) (rate(traefik_service_requests_total[5m])) > 0.05',
    for: '10m',
    annotations: { summary: 'more than 5 % of the requests to {{ $labels.service }} fail' },
  };
  return {
    'prometheus.yml': {
      global: { scrape_interval: '30s', evaluation_interval: '30s' },
      rule_files: ['/etc/prometheus/rules.yml'],
      scrape_configs: jobs.map(({ name, path, port }) => ({
        job_name: name,
        metrics_path: path,
        dns_sd_configs: [{ names: [name], type: 'A', port }],
      })),
    },
    'rules.yml': { groups: [{ name: 'compose', rules: [down, errors] }] },
  };
}

const PANELS = [
  ['Answers', 'up', '{{job}} {{instance}}', 'short'],
  ['Requests per second', 'sum by (service) (rate(traefik_service_requests_total[5m]))', '{{service}}', 'reqps'],
  [
    'Failed requests per second',
    'sum by (service) (rate(traefik_service_requests_total{code=~"5.."}[5m]))',
    '{{service}}',
    'reqps',
  ],
  [
    'Response time, p95',
    'histogram_quantile(0.95, sum by (service, le) (rate(traefik_service_request_duration_seconds_bucket[5m])))',
    '{{service}}',
    's',
  ],
] as const;

/** The dashboard, which Grafana reads from a file. Source: grafana.com, Dashboard JSON model. */
function dashboard(title: string): string {
  const datasource = { type: 'prometheus', uid: PROMETHEUS };
  const panels = PANELS.map(([name, expr, legendFormat, unit], index) => ({
    id: index + 1,
    type: 'timeseries',
    title: name,
    datasource,
    gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: [{ refId: 'A', datasource, expr, legendFormat }],
  }));
  return `${JSON.stringify({ uid: title, title, schemaVersion: 41, refresh: '1m', time: { from: 'now-6h', to: 'now' }, panels }, undefined, 2)}\n`;
}

function serviceOf(
  name: keyof typeof IMAGES,
  networks: readonly string[],
  more: Readonly<Record<string, unknown>> & { readonly volumes: readonly string[] },
) {
  const user = USERS[name];
  return {
    image: IMAGES[name],
    user: `${user}:${user}`,
    restart: 'unless-stopped',
    profiles: [PROFILE],
    networks,
    deploy: { resources: { limits: { cpus: '1', memory: '1024M' }, reservations: { cpus: '0.1', memory: '128M' } } },
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    tmpfs: [`/tmp:size=64m,uid=${user},gid=${user},mode=1777`],
    ...more,
    volumes: [...more.volumes, `${name}:${DATA[name]}`],
  };
}

/**
 * Prometheus and Grafana in a profile of their own: `docker compose --profile monitoring up`. Everyone on this machine may look at Grafana,
 * and nobody can change anything there, so that it needs no password. Alerts are shown; they are sent to nobody.
 *
 * @param networks those of a service, by its name
 */
export function monitoring(pods: readonly Pod[], title: string) {
  return {
    /** Who has to share a network. */
    pairs: [...scraped(pods).map(({ name }) => name), PROXY, GRAFANA].map((name) => [PROMETHEUS, name] as const),
    published: GRAFANA,
    /** The volumes, with their users. */
    volumes: USERS,
    services: (networks: (name: string) => readonly string[]) => ({
      [PROMETHEUS]: serviceOf(PROMETHEUS, networks(PROMETHEUS), {
        command: [
          '--config.file=/etc/prometheus/prometheus.yml',
          '--storage.tsdb.path=/prometheus',
          '--storage.tsdb.retention.time=15d',
        ],
        volumes: ['./files/prometheus:/etc/prometheus:ro'],
      }),
      [GRAFANA]: serviceOf(GRAFANA, networks(GRAFANA), {
        ports: [`127.0.0.1:${GRAFANA_PORT}:3000`],
        environment: {
          GF_AUTH_ANONYMOUS_ENABLED: 'true',
          GF_AUTH_DISABLE_LOGIN_FORM: 'true',
          GF_AUTH_BASIC_ENABLED: 'false',
          GF_ANALYTICS_REPORTING_ENABLED: 'false',
          GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
        },
        volumes: ['./files/grafana:/etc/grafana/provisioning:ro'],
      }),
    }),
    files: {
      ...Object.fromEntries(
        Object.entries(prometheusFiles(pods)).map(([file, value]) => [`files/prometheus/${file}`, value]),
      ),
      'files/grafana/datasources/prometheus.yaml': {
        apiVersion: 1,
        datasources: [
          {
            name: 'Prometheus',
            uid: PROMETHEUS,
            type: 'prometheus',
            access: 'proxy',
            url: `http://${PROMETHEUS}:9090`,
            isDefault: true,
          },
        ],
      },
      'files/grafana/dashboards/dashboards.yaml': {
        apiVersion: 1,
        providers: [{ name: 'compose', type: 'file', options: { path: '/etc/grafana/provisioning/dashboards' } }],
      },
      'files/grafana/dashboards/dashboard.json': dashboard(title),
    } as Readonly<Record<string, unknown>>,
  };
}

/** What monitors a system. */
export type Monitoring = ReturnType<typeof monitoring>;
