import type { Component } from '../../model/component';
import type { PostgresCluster } from '../../model/postgres-cluster';
import { isStateful } from '../../model/storage';
import type { MonitoringProps, System } from '../../model/system';
import { jobOf, select } from './requests';

type Named = Pick<Component, 'namespace' | 'name'>;

/** A workload: a Deployment, a StatefulSet, or a cluster of CloudNativePG. */
export interface WorkloadRef {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'Cluster';
  /** The name of the object, and the beginning of its pods' names. @default - that of the workload */
  readonly object?: string;
  /** The number of instances of a cluster, of which kube-state-metrics has no series. @default - it is no cluster */
  readonly instances?: number;
}

/** The name of the object that makes the pods of a component. Source: rabbitmq.com, Using the Cluster Operator. */
function objectOf({ name, operator }: Component): string {
  return operator === undefined ? name : `${name}-server`;
}

/** A matcher of the names of a component's claims. Several are in one, since two rules of the same name and labels are one to Prometheus. */
export function claimsOf(component: Component): string {
  const own = component.storage.map(({ access, name, claim }) =>
    access === 'each' ? `${name}-${objectOf(component)}-[0-9]+` : claim,
  );
  const isPattern = own.length > 1 || component.storage.some(({ access }) => access === 'each');
  return isPattern ? `~${own.join('|')}` : own.join('');
}

/** The long-running workloads of a system. */
export function workloadsOf({ components, clusters }: Pick<System, 'components' | 'clusters'>): WorkloadRef[] {
  return [
    ...components.map(
      (one): WorkloadRef => ({
        namespace: one.namespace,
        name: one.name,
        kind: isStateful(one) ? 'StatefulSet' : 'Deployment',
        object: objectOf(one),
      }),
    ),
    ...clusters.map(({ namespace, name, instances }): WorkloadRef => ({ namespace, name, kind: 'Cluster', instances })),
  ];
}

/** A matcher of the names of a workload's pods. */
function podNames({ name, object = name, kind }: WorkloadRef): string {
  return kind === 'Deployment' ? `~${object}-[a-z0-9]+-[a-z0-9]+` : `~${object}-[0-9]+`;
}

/** A metric that kube-state-metrics has in every cluster. */
const ANY_STATE = 'kube_namespace_created';

/** Whether Prometheus has no metrics of kube-state-metrics. */
export const BLIND = `absent(${ANY_STATE})`;

/** An expression that is 0 if it has no series, since then the object does not exist. Without kube-state-metrics it has no value, and only {@link BLIND} fires. */
export function orZero(expr: string): string {
  return `(${expr} or 0 * count(${ANY_STATE}))`;
}

/** The number of ready pods. Source: kube-state-metrics. */
export function ready(workload: WorkloadRef): string {
  const { namespace, name, object = name, kind } = workload;
  if (kind === 'Deployment') {
    return orZero(`sum(${select('kube_deployment_status_replicas_available', { namespace, deployment: name })})`);
  }
  if (kind === 'StatefulSet') {
    return orZero(`sum(${select('kube_statefulset_status_replicas_ready', { namespace, statefulset: object })})`);
  }
  return orZero(`sum(${select('kube_pod_status_ready', { namespace, pod: podNames(workload), condition: 'true' })})`);
}

/** The number of pods that are wanted, by an autoscaler or the description. Source: kube-state-metrics. */
export function wanted({ namespace, name, object = name, kind, instances }: WorkloadRef): string {
  if (instances !== undefined) return String(instances);
  const metric =
    kind === 'Deployment'
      ? select('kube_deployment_spec_replicas', { namespace, deployment: name })
      : select('kube_statefulset_replicas', { namespace, statefulset: object });
  return `sum(${metric})`;
}

/** Selects the series of containers. Series with an empty container name are of the whole pod. */
function ofContainers(metric: string, workload: WorkloadRef): string {
  return select(metric, { namespace: workload.namespace, pod: podNames(workload), container: '~.+' });
}

/** CPU usage of all containers, in cores. Source: cAdvisor. */
export function cpu(workload: WorkloadRef): string {
  return `sum(rate(${ofContainers('container_cpu_usage_seconds_total', workload)}[5m]))`;
}

/** Memory of each container that cannot be reclaimed, in bytes. */
function workingSet(workload: WorkloadRef): string {
  return ofContainers('container_memory_working_set_bytes', workload);
}

/** Memory of all containers that cannot be reclaimed, in bytes. */
export function memory(workload: WorkloadRef): string {
  return `sum(${workingSet(workload)})`;
}

/** The used part of the memory limit, by container. */
export function memoryUsed(workload: WorkloadRef): string {
  const matchers = { namespace: workload.namespace, pod: podNames(workload), resource: 'memory' };
  const by = ' by (namespace, pod, container) ';
  return `max${by}(${workingSet(workload)}) / max${by}(${select('kube_pod_container_resource_limits', matchers)})`;
}

/** The used part of the CPU limit, by container. */
export function cpuUsed(workload: WorkloadRef): string {
  const matchers = { namespace: workload.namespace, pod: podNames(workload), resource: 'cpu' };
  const by = ' by (namespace, pod, container) ';
  const used = `sum${by}(rate(${ofContainers('container_cpu_usage_seconds_total', workload)}[5m]))`;
  return `${used} / max${by}(${select('kube_pod_container_resource_limits', matchers)})`;
}

/** The free part of the volumes of a claim, or of claims if it begins with ~. Source: kubelet. */
export function diskFree(namespace: string, claim: string): string {
  const at = { namespace, persistentvolumeclaim: claim };
  const by = ' by (namespace, persistentvolumeclaim) ';
  return `min${by}(${select('kubelet_volume_stats_available_bytes', at)}) / min${by}(${select('kubelet_volume_stats_capacity_bytes', at)})`;
}

/** The queries of a pool of database connections, or of a server. */
export interface ConnectionPool extends Named {
  /** Whether it has no free connections: clients wait, or more than 90 % of a server's connections are in use. */
  readonly exhausted: string;
  /** The number of open connections. */
  readonly connections: string;
}

/** All pools and servers whose connections can be exhausted. Source: pgbouncer_exporter; cloudnative-pg.io, Monitoring. */
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

/**
 * The age of the newest base backup of a cluster, in seconds; the Unix time if there is none, or if Prometheus does not scrape the cluster.
 * Source: plugin-barman-cloud, Observability.
 */
export function baseBackupAge({ namespace, name }: Pick<PostgresCluster, 'namespace' | 'name'>): string {
  const job = jobOf({ namespace, name });
  return `time() - (max(${select('barman_cloud_cloudnative_pg_io_last_available_backup_timestamp', job)}) or vector(0))`;
}

/**
 * The seconds since the primary of a cluster archived a segment of its log, if segments wait; the Unix time if it never did. Without writes
 * there is nothing to archive. A former primary may keep waiting segments, but only the primary has the statistics.
 * Source: cloudnative-pg.io, Monitoring, predefined metrics.
 */
export function archiveWait({ namespace, name }: Pick<PostgresCluster, 'namespace' | 'name'>): string {
  const job = jobOf({ namespace, name });
  const waiting = `${select('cnpg_collector_pg_wal_archive_status', job, { value: 'ready' })} > 0`;
  return `time() - ${select('cnpg_pg_stat_archiver_last_archived_time', job)} and on (pod) (${waiting})`;
}

/** The tokens of AI models that a component used in a day. @default - it counts none */
export function tokensInDay(component: Component): string | undefined {
  const names = component.metrics?.tokens;
  return names && `increase(${select(names.count, jobOf(component))}[1d])`;
}

/** The queries of a component's usage of AI models. */
export interface Tokens {
  /** Tokens per second, by type and model. */
  readonly rate: string;
  /** US$ per hour, by model. @default - the prices are unknown */
  readonly cost?: string;
  /** The label with the token type. */
  readonly type: string;
  /** The label with the model. */
  readonly model: string;
}

const MILLION = 1_000_000;
const HOUR_SECONDS = 3600;

/**
 * The usage of AI models by a component. Source: opentelemetry.io, Semantic conventions for generative AI metrics.
 *
 * @param prices US$ per million tokens
 * @returns undefined if the component does not count tokens
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
