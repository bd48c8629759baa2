import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import { clustersOf } from './cloudnative-pg';
import { type ClusterIndex, selects } from './cluster-index';
import { containersOf, listOf, type Pod } from './pods';
import { isEmpty, selectorOf } from './selection';
import type { Finding } from './violation';
import { mountsOf, volumesOf } from './volumes';

const DATABASES = new Set(
  `postgres postgresql postgis timescaledb pgvector mysql mariadb percona mongo mongodb redis valkey keydb dragonfly surrealdb
  cockroach cockroachdb cassandra scylla couchdb neo4j clickhouse influxdb etcd elasticsearch opensearch qdrant weaviate
  mssql`.split(/\s+/),
);

/** Words in image names of database tools that are not databases. */
const TOOLS = new Set('exporter client proxy operator backup init migrate commander insight'.split(' '));

/** Whether an image is a database, by the last segment of its name: `bitnami/postgresql:16`, `redis-stack`. */
function isDatabase(image: unknown): boolean {
  if (typeof image !== 'string') return false;
  const [reference = ''] = image.split('@', 1);
  const [name = ''] = reference.slice(reference.lastIndexOf('/') + 1).split(':', 1);
  const words = name.toLowerCase().split(/[-_.]/);
  return words.some((word) => DATABASES.has(word)) && !words.some((word) => TOOLS.has(word));
}

const KEEPS_DATA = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'DaemonSet', 'Pod'];

const NO_BACKUP = 'given a database with a persistent volume, expected a backup of it';

/** All words in the texts of a value, whole and split at dots. They include names of objects and hosts. */
function mentionedNames(value: unknown): ReadonlySet<string> {
  const words = new Set<string>();
  const seen = new Set<unknown>();
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') {
      for (const word of one.toLowerCase().match(/[a-z0-9.-]+/g) ?? [])
        for (const part of [word, ...word.split('.')]) words.add(part);
    } else if (typeof one === 'object' && one !== null && !seen.has(one)) {
      seen.add(one);
      for (const inner of Object.values(one)) left.push(inner);
    }
  }
  return words;
}

/** The names that each backup of a namespace mentions: all words in the pods of CronJobs, and the clusters of ScheduledBackups. */
function backedUpNames(cluster: ClusterIndex): ReadonlyMap<string, readonly ReadonlySet<unknown>[]> {
  const backups = cluster.ofKind('CronJob', 'ScheduledBackup').map(({ kind, metadata, spec }) => ({
    namespace: metadata.namespace ?? 'default',
    words:
      kind === 'CronJob' ? mentionedNames(spec?.jobTemplate?.spec?.template?.spec) : new Set([spec?.cluster?.name]),
  }));
  return new Map(
    [...groupBy(backups, ({ namespace }) => namespace)].map(([namespace, of]) => [
      namespace,
      of.map(({ words }) => words),
    ]),
  );
}

/** The names of a pod's claims. For the claims of a StatefulSet, the template's name and the first pod's claim. */
function claimsOf({ owner, spec }: Pod): unknown[] {
  const templates = owner.kind === 'StatefulSet' ? listOf(owner.spec?.volumeClaimTemplates) : [];
  return [
    ...listOf(spec.volumes).map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName),
    ...templates.flatMap(({ metadata }) => [metadata?.name, `${metadata?.name}-${owner.metadata.name}-0`]),
  ];
}

/** The names by which a backup can refer to a pod: of its workload, claims and Services. */
function namesReferringTo(pod: Pod, services: readonly ManifestObject[]): string[] {
  const selecting = services.filter(({ spec }) => {
    const selector = selectorOf({ matchLabels: spec?.selector });
    return !isEmpty(selector) && selects(selector, pod.labels);
  });
  const names: unknown[] = [
    pod.owner.metadata.name,
    ...claimsOf(pod),
    ...selecting.map(({ metadata }) => metadata.name),
  ];
  return names.filter((name) => typeof name === 'string');
}

/** Databases with a persistent volume and without a backup in their namespace, by a CronJob or a ScheduledBackup. */
export function backupFindings(cluster: ClusterIndex): Finding[] {
  const backups = backedUpNames(cluster);
  const services = groupBy(cluster.ofKind('Service'), ({ metadata }) => metadata.namespace ?? 'default');
  return cluster.pods.flatMap((pod) => {
    if (!KEEPS_DATA.includes(pod.owner.kind)) return [];
    const persistent = new Set(volumesOf(pod).flatMap(({ name, isPersistent }) => (isPersistent ? [name] : [])));
    const databases = containersOf(pod)
      .filter(({ fields }) => isDatabase(fields.image))
      .filter((container) => mountsOf(container).some(({ name }) => persistent.has(name)));
    if (databases.length === 0) return [];
    const names = namesReferringTo(pod, services.get(pod.namespace) ?? []);
    if (backups.get(pod.namespace)?.some((words) => names.some((name) => words.has(name)))) return [];
    const of = `a CronJob or ScheduledBackup in ${pod.namespace} that names ${names.slice(0, 4).join(' or ')}`;
    return databases.map(({ path }) => ({ object: pod.owner, path: `${path}.image`, message: `${NO_BACKUP}: ${of}` }));
  });
}

/**
 * Whether a ScheduledBackup can back up its Cluster: by a plug-in of the Cluster while a plug-in archives its WAL, or by the method
 * in the Cluster's `spec.backup`.
 */
function canBackUp({ spec: backup }: ManifestObject, { spec }: ManifestObject): boolean {
  if (backup?.suspend === true) return false;
  const method = backup?.method ?? 'barmanObjectStore';
  if (method !== 'plugin') return spec?.backup?.[method] != null;
  const plugins = listOf(spec?.plugins).filter(({ enabled }) => enabled !== false);
  return (
    plugins.some(({ name }) => name === backup?.pluginConfiguration?.name) &&
    plugins.some(({ isWALArchiver }) => isWALArchiver === true)
  );
}

/** CloudNativePG Clusters without a backup. Source: cloudnative-pg.io, Backup. */
export function clusterFindings(cluster: ClusterIndex): Finding[] {
  const key = (namespace: string | undefined, name: unknown): string =>
    `${namespace ?? ''}/${typeof name === 'string' ? name : ''}`;
  const backups = groupBy(cluster.ofKind('ScheduledBackup'), ({ metadata: { namespace }, spec }) =>
    key(namespace, spec?.cluster?.name),
  );
  return clustersOf(cluster)
    .filter((cluster) => {
      const { namespace, name } = cluster.metadata;
      return backups.get(key(namespace, name))?.some((backup) => canBackUp(backup, cluster)) !== true;
    })
    .map((object) => ({
      object,
      path: 'spec.backup',
      message: `${NO_BACKUP}: a ScheduledBackup of ${objectName(object)} by a plug-in of the Cluster, and a plug-in that archives its WAL`,
    }));
}
