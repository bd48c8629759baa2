import type { Component } from '../../model/component';
import type { PostgresCluster } from '../../model/postgres-cluster';
import { isSingle } from '../../model/storage';
import type { MonitoringProps, System } from '../../model/system';
import { type ExposedComponent, isTimed, jobOf, type RequestMetrics, select } from './requests';

/** One time series that Prometheus makes of others, all the time. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How far back error budgets are looked at, and what that is in seconds. */
const SECONDS = { '5m': 300, '30m': 1800, '1h': 3600, '2h': 7200, '6h': 21_600, '1d': 86_400, '3d': 259_200 } as const;
export type RateWindow = keyof typeof SECONDS;
const WINDOWS = Object.keys(SECONDS) as RateWindow[];

const QUANTILES = ['0.5', '0.95', '0.99'] as const;
type Quantile = (typeof QUANTILES)[number];

const DURATION = 'component:request_duration_seconds:quantile5m';
const requests = (window: RateWindow) => `component:requests:rate${window}`;
const errorRatio = (window: RateWindow) => `component:request_errors:ratio_rate${window}`;

/** A sum of rates over all that some selectors find. */
function rates(selectors: readonly string[], window: RateWindow, by = ''): string {
  return `sum${by}(${selectors.map((one) => `rate(${one}[${window}])`).join(' or ')})`;
}

/** A quantile of the slowest source: buckets of different ones are not to be added. */
function quantileOf(quantile: Quantile, sources: readonly RequestMetrics[]): string {
  const each = sources.map(
    ({ durations, second }) =>
      `histogram_quantile(${quantile}, ${rates(durations, '5m', ' by (le) ')})${second === 1 ? '' : ` / ${second}`}`,
  );
  const [one = '', ...others] = each;
  if (others.length === 0) return one;
  // Without a label that differs, `or` would take the first alone.
  return `max(${each.map((expr, index) => `label_replace(${expr}, "source", "${index}", "", "")`).join(' or ')})`;
}

/**
 * What is recorded of the requests to a component. Whoever counts them, and however they call it, alerts and panels look at these
 * alone. Without requests there is no ratio: 0/0 is above nothing.
 */
export function recordingsOf({ component: { namespace, name }, sources }: ExposedComponent): Recording[] {
  const labels = { namespace, component: name };
  const all = sources.flatMap((source) => source.all);
  const failed = sources.flatMap((source) => source.errors);
  const timed = sources.filter(isTimed);
  return [
    ...WINDOWS.flatMap((window) => {
      const every = `sum(${select(requests(window), labels)})`;
      return [
        { record: requests(window), expr: rates(all, window), labels },
        { record: errorRatio(window), expr: `(${rates(failed, window)} or 0 * ${every}) / ${every}`, labels },
      ];
    }),
    ...(timed.length === 0 ? [] : QUANTILES).map((quantile) => ({
      record: DURATION,
      expr: quantileOf(quantile, timed),
      labels: { ...labels, quantile },
    })),
  ];
}

type InNamespace = Pick<Component, 'namespace'>;
type Named = Pick<Component, 'namespace' | 'name'>;

/** Requests per second, of each component. */
export function requestRate({ namespace }: InNamespace): string {
  return select(requests('5m'), { namespace });
}

/** Of the requests to each component, the part that was answered with an error. */
export function errors({ namespace }: InNamespace, window: RateWindow = '5m'): string {
  return select(errorRatio(window), { namespace });
}

/** How many requests to each component were answered with an error. */
export function failures({ namespace }: InNamespace, window: RateWindow): string {
  return `${errors({ namespace }, window)} * ${select(requests(window), { namespace })} * ${SECONDS[window]}`;
}

/** What so many of the answers of each component take at the most, or those of one, in seconds. */
export function duration({ namespace }: InNamespace, quantile: Quantile, component?: string): string {
  return select(DURATION, { namespace, ...(component !== undefined && { component }), quantile });
}

/** The pods of a Deployment, a StatefulSet, or an operator's cluster, by their names. */
export interface WorkloadRef {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'Cluster';
}

/** All pods of a system that go on for ever. */
export function workloadsOf({ components, clusters }: Pick<System, 'components' | 'clusters'>): WorkloadRef[] {
  return [
    ...components.map(
      (one): WorkloadRef => ({
        namespace: one.namespace,
        name: one.name,
        kind: isSingle(one) ? 'StatefulSet' : 'Deployment',
      }),
    ),
    ...clusters.map(({ namespace, name }): WorkloadRef => ({ namespace, name, kind: 'Cluster' })),
  ];
}

/** What their names are made of. */
function podNames({ name, kind }: WorkloadRef): string {
  return kind === 'Deployment' ? `~${name}-[a-z0-9]+-[a-z0-9]+` : `~${name}-[0-9]+`;
}

/** What kube-state-metrics says in every cluster. */
const ANY_STATE = 'kube_namespace_created';

/** Nobody reads kube-state-metrics. */
export const BLIND = `absent(${ANY_STATE})`;

/** Without any series of an object it is gone, which counts as zero, unless kube-state-metrics is not read: for that BLIND fires alone. */
export function orGone(expr: string): string {
  return `(${expr} or 0 * count(${ANY_STATE}))`;
}

/** How many of the pods are ready. Source: kube-state-metrics. */
export function ready(workload: WorkloadRef): string {
  const { namespace, name, kind } = workload;
  if (kind === 'Deployment') {
    return orGone(`sum(${select('kube_deployment_status_replicas_available', { namespace, deployment: name })})`);
  }
  if (kind === 'StatefulSet') {
    return orGone(`sum(${select('kube_statefulset_status_replicas_ready', { namespace, statefulset: name })})`);
  }
  return orGone(`sum(${select('kube_pod_status_ready', { namespace, pod: podNames(workload), condition: 'true' })})`);
}

/** Series of the containers; one without a name is of the whole pod. */
function ofContainers(metric: string, workload: WorkloadRef): string {
  return select(metric, { namespace: workload.namespace, pod: podNames(workload), container: '~.+' });
}

/** Cores that the containers of the pods use. Source: cAdvisor. */
export function cpu(workload: WorkloadRef): string {
  return `sum(rate(${ofContainers('container_cpu_usage_seconds_total', workload)}[5m]))`;
}

/** Memory that each container may not do without, in bytes. */
function workingSet(workload: WorkloadRef): string {
  return ofContainers('container_memory_working_set_bytes', workload);
}

/** The same of all containers. */
export function memory(workload: WorkloadRef): string {
  return `sum(${workingSet(workload)})`;
}

/** Of its limit, the part that each container has in use. */
export function memoryUsed(workload: WorkloadRef): string {
  const matchers = { namespace: workload.namespace, pod: podNames(workload), resource: 'memory' };
  const by = ' by (namespace, pod, container) ';
  return `max${by}(${workingSet(workload)}) / max${by}(${select('kube_pod_container_resource_limits', matchers)})`;
}

/** Of some volumes, the part that is free. Source: kubelet. */
export function diskFree(namespace: string, claim: string): string {
  const at = { namespace, persistentvolumeclaim: claim };
  const by = ' by (namespace, persistentvolumeclaim) ';
  return `min${by}(${select('kubelet_volume_stats_available_bytes', at)}) / min${by}(${select('kubelet_volume_stats_capacity_bytes', at)})`;
}

/** A pool of database connections, or the server behind it. */
export interface ConnectionPool extends Named {
  /** How many wait for a connection, or how many are used of those that there can be. */
  readonly exhausted: string;
  /** How many connections there are, by whom. */
  readonly connections: string;
}

/** Every place of a system where connections to databases run out. Source: pgbouncer_exporter; cloudnative-pg.io, Monitoring. */
export function connectionPoolsOf({ components, clusters }: Pick<System, 'components' | 'clusters'>): ConnectionPool[] {
  return [
    ...components.flatMap((component): ConnectionPool[] => {
      const pool = component.metrics?.pool;
      if (pool === undefined) return [];
      const job = jobOf(component);
      return [
        {
          ...component,
          exhausted: `sum(${select(pool.waiting, job)}) > 0`,
          connections: `sum(${select(pool.connections, job)})`,
        },
      ];
    }),
    ...clusters
      .filter(({ prometheus }) => prometheus !== undefined)
      .map(({ namespace, name }): ConnectionPool => {
        const job = jobOf({ namespace, name });
        const backends = `sum by (pod) (${select('cnpg_backends_total', job)})`;
        const limit = `max by (pod) (${select('cnpg_pg_settings_setting', job, { name: 'max_connections' })})`;
        return { namespace, name, exhausted: `max(${backends} / ${limit}) > 0.9`, connections: backends };
      }),
  ];
}

/** How old the newest base backup of a cluster is, in seconds; where there is none or nobody reads of it, as old as time. Source: plugin-barman-cloud, Observability. */
export function baseBackupAge({ namespace, name }: Pick<PostgresCluster, 'namespace' | 'name'>): string {
  const job = jobOf({ namespace, name });
  return `time() - (max(${select('barman_cloud_cloudnative_pg_io_last_available_backup_timestamp', job)}) or vector(0))`;
}

/** The tokens of the models that a component asks. */
export interface Tokens {
  /** Tokens per second, by type and model. */
  readonly rate: string;
  /** US$ per hour, by model. @default - the prices are unknown */
  readonly cost?: string;
  /** The labels. */
  readonly type: string;
  readonly model: string;
}

const MILLION = 1_000_000;
const HOUR_SECONDS = 3600;

/**
 * What a component takes of models, where it counts that. Source: opentelemetry.io, Semantic conventions for generative AI metrics.
 *
 * @param prices of a million tokens, in US$
 */
export function tokensOf(component: Component, prices: MonitoringProps['prices']): Tokens | undefined {
  const names = component.metrics?.tokens;
  if (names === undefined) return undefined;
  const { count, type, model } = names;
  const job = jobOf(component);
  const priced = Object.entries(prices ?? {}).map(([kind, price]) => {
    const factor = Number(((price * HOUR_SECONDS) / MILLION).toPrecision(12));
    return `rate(${select(count, job, { [type]: kind })}[5m]) * ${factor}`;
  });
  return {
    rate: `sum by (${type}, ${model}) (rate(${select(count, job)}[5m]))`,
    ...(priced.length > 0 && { cost: `sum by (${model}) (${priced.join(' or ')})` }),
    type,
    model,
  };
}
