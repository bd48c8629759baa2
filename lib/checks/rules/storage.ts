import { groupBy } from '../../base/group';
import { quantityOf, shown } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { clustersOf } from '../cluster/cloudnative-pg';
import { type ClusterIndex, containersOf, type Fields, listOf, type Pod, selects } from '../cluster/cluster-index';
import { isEmpty, selectorOf } from '../cluster/selection';
import type { Violation } from '../cluster/violation';
import type { Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'storage';

const violation = (object: ManifestObject, path: string, message: string): Violation => ({
  rule: NAME,
  object,
  path,
  message,
});

/** Source: kubernetes.io, Persistent Volumes, Access Modes. */
const MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

/** More than the disks of any cloud hold: such a claim waits forever. */
const LARGEST = '64Ti';

function claimViolations(object: ManifestObject, path: string, spec: Fields): Violation[] {
  const modes = listOf(spec?.accessModes);
  const unknown = modes.filter((mode) => !MODES.includes(mode));
  const size = spec?.resources?.requests?.storage;
  const bytes = quantityOf(size);
  const violations: Violation[] = [];
  if (modes.length === 0 || unknown.length > 0) {
    const message = `given ${shown(spec?.accessModes)}, expected some of ${MODES.join(', ')}`;
    violations.push(violation(object, `${path}.accessModes`, message));
  }
  if (bytes === undefined || bytes <= 0 || bytes > (quantityOf(LARGEST) as number)) {
    const message = `given ${shown(size)}, expected a size such as 10Gi, of ${LARGEST} at most`;
    violations.push(violation(object, `${path}.resources.requests.storage`, message));
  }
  return violations;
}

const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';

/** Helm's own way to say so is heard by Argo CD too. */
const HELM_POLICY = 'helm.sh/resource-policy';

/** Source: Argo CD, Sync Options, No Prune Resources. */
function retentionViolations(object: ManifestObject): Violation[] {
  const { annotations } = object.metadata;
  const options: unknown = annotations?.[SYNC_OPTIONS];
  const isKept =
    typeof options === 'string' &&
    options.split(',').some((option) => ['Prune=false', 'Delete=false'].includes(option.trim()));
  return isKept || annotations?.[HELM_POLICY] === 'keep'
    ? []
    : [
        violation(
          object,
          `metadata.annotations.${SYNC_OPTIONS}`,
          `given ${shown(options)}, expected Prune=false, so that the data outlives its description`,
        ),
      ];
}

/** Source: kubernetes.io, StatefulSets, PersistentVolumeClaim retention. */
function statefulSetViolations(object: ManifestObject): Violation[] {
  return [
    ...listOf(object.spec?.volumeClaimTemplates).flatMap(({ spec }, index) =>
      claimViolations(object, `spec.volumeClaimTemplates[${index}].spec`, spec),
    ),
    ...['whenDeleted', 'whenScaled'].flatMap((when) => {
      const path = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
      const given = object.spec?.persistentVolumeClaimRetentionPolicy?.[when];
      return given === undefined || given === null || given === 'Retain'
        ? []
        : [violation(object, path, `given ${shown(given)}, expected Retain, so that the data outlives its pods`)];
    }),
  ];
}

interface Mount {
  readonly name: unknown;
  readonly path: string;
  /** Where it is in the container; a device has no such path. */
  readonly place: unknown;
}

/** What a container mounts, as files or as a device. */
function mountsOf({ fields, path }: { fields: Fields; path: string }): Mount[] {
  return [
    ...listOf(fields.volumeMounts).map(({ name, mountPath }, index) => ({
      ...{ name, path: `${path}.volumeMounts[${index}]` },
      place: typeof mountPath === 'string' ? mountPath.replace(/(?<=[^/])\/{1,8}$/, '') : undefined,
    })),
    ...listOf(fields.volumeDevices).map(({ name }, index) => ({
      ...{ name, path: `${path}.volumeDevices[${index}]`, place: undefined },
    })),
  ];
}

interface Volume {
  readonly name: unknown;
  readonly path: string;
  /** Whether it outlives the pod. */
  readonly isPersistent: boolean;
}

/** The volumes of a pod's own, and those that a StatefulSet makes claims for. */
function volumesOf({ owner, spec, path }: Pod): Volume[] {
  const templates = owner.kind === 'StatefulSet' ? listOf(owner.spec?.volumeClaimTemplates) : [];
  return [
    ...listOf(spec.volumes).map(({ name, persistentVolumeClaim }, index) => ({
      name,
      path: `${path}.volumes[${index}]`,
      isPersistent: persistentVolumeClaim != null,
    })),
    ...templates.map(({ metadata }, index) => ({
      name: metadata?.name,
      path: `spec.volumeClaimTemplates[${index}]`,
      isPersistent: true,
    })),
  ];
}

/** Every mount has its volume, every volume is mounted, and nothing is mounted over another. */
function mountViolations(pod: Pod): Violation[] {
  const volumes = volumesOf(pod);
  const names = new Set(volumes.map(({ name }) => name));
  const mounted = new Set<unknown>();
  const violations: Violation[] = [];
  for (const container of containersOf(pod)) {
    const places = new Set<unknown>();
    for (const { name, path, place } of mountsOf(container)) {
      mounted.add(name);
      if (!names.has(name)) {
        violations.push(
          violation(pod.owner, `${path}.name`, `given ${shown(name)}, expected the name of a volume of the pod`),
        );
      }
      if (place !== undefined && places.has(place)) {
        const message = `given ${shown(place)}, where the container mounts another volume already; expected a path of its own`;
        violations.push(violation(pod.owner, `${path}.mountPath`, message));
      }
      places.add(place);
    }
  }
  return [
    ...violations,
    ...volumes
      .filter(({ name }) => !mounted.has(name))
      .map(({ name, path }) =>
        violation(
          pod.owner,
          path,
          `given the volume ${shown(name)} that no container mounts, expected a mount or no volume`,
        ),
      ),
  ];
}

/** A volume without a source is an empty directory. Source: kubernetes.io, Volumes. */
const isEmptyDir = (fields: Fields): boolean =>
  'emptyDir' in fields || Object.keys(fields).every((key) => key === 'name');

function sourceViolations({ owner, ...pod }: Pod): Violation[] {
  return listOf(pod.spec.volumes).flatMap((fields, index) => {
    const path = `${pod.path}.volumes[${index}]`;
    if (typeof fields !== 'object') return [];
    if (fields.hostPath != null) {
      const message = 'given the disk of the node, expected a claim, an emptyDir or a projected volume';
      return [violation(owner, `${path}.hostPath`, message)];
    }
    const claim = fields.ephemeral?.volumeClaimTemplate;
    if (claim != null) return claimViolations(owner, `${path}.ephemeral.volumeClaimTemplate.spec`, claim.spec);
    const sizeLimit = fields.emptyDir?.sizeLimit;
    return isEmptyDir(fields) && !((quantityOf(sizeLimit) ?? 0) > 0)
      ? [
          violation(
            owner,
            `${path}.emptyDir.sizeLimit`,
            `given ${shown(sizeLimit)}, expected a size such as 64Mi; without one it fills the disk of the node`,
          ),
        ]
      : [];
  });
}

const DATABASES = new Set(
  `postgres postgresql postgis timescaledb pgvector mysql mariadb percona mongo mongodb redis valkey keydb dragonfly surrealdb
  cockroach cockroachdb cassandra scylla couchdb neo4j clickhouse influxdb etcd elasticsearch opensearch qdrant weaviate
  mssql`.split(/\s+/),
);

/** Images that are named after a database and are none. */
const TOOLS = new Set('exporter client proxy operator backup init migrate commander insight'.split(' '));

/** Whether an image is a database, by its last path segment: `bitnami/postgresql:16`, `redis-stack`. */
function isDatabase(image: unknown): boolean {
  if (typeof image !== 'string') return false;
  const [reference = ''] = image.split('@', 1);
  const [name = ''] = reference.slice(reference.lastIndexOf('/') + 1).split(':', 1);
  const words = name.toLowerCase().split(/[-_.]/);
  return words.some((word) => DATABASES.has(word)) && !words.some((word) => TOOLS.has(word));
}

const KEEPS_DATA = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'DaemonSet', 'Pod'];

/** What is said of a database that nothing backs up. */
const NO_BACKUP = 'given a database with a persistent volume, expected a backup of it';

/** The words of whatever an object holds, with its dots and without: names of objects and of hosts are among them. */
function wordsOf(value: unknown): ReadonlySet<string> {
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

/** What the backups of each namespace are about: whatever the pods of its CronJobs mention, and the clusters of ScheduledBackups. */
function backedUpIn(facts: ClusterIndex): ReadonlyMap<string, readonly ReadonlySet<unknown>[]> {
  const backups = facts.ofKind('CronJob', 'ScheduledBackup').map(({ kind, metadata, spec }) => ({
    namespace: metadata.namespace ?? 'default',
    words: kind === 'CronJob' ? wordsOf(spec?.jobTemplate?.spec?.template?.spec) : new Set([spec?.cluster?.name]),
  }));
  return new Map(
    [...groupBy(backups, ({ namespace }) => namespace)].map(([namespace, of]) => [
      namespace,
      of.map(({ words }) => words),
    ]),
  );
}

/** The claims of a pod's volumes; those that a StatefulSet makes have the name of its pods too. */
function claimsOf({ owner, spec }: Pod): unknown[] {
  const templates = owner.kind === 'StatefulSet' ? listOf(owner.spec?.volumeClaimTemplates) : [];
  return [
    ...listOf(spec.volumes).map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName),
    ...templates.flatMap(({ metadata }) => [metadata?.name, `${metadata?.name}-${owner.metadata.name}-0`]),
  ];
}

/** The names by which others speak of a pod: its workload's, its claims' and those of its Services. */
function namesOf(pod: Pod, services: readonly ManifestObject[]): string[] {
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

/** A database that keeps data has a backup of it in its namespace: a CronJob, or CloudNativePG's ScheduledBackup. */
function backupViolations(facts: ClusterIndex): Violation[] {
  const backups = backedUpIn(facts);
  const services = groupBy(facts.ofKind('Service'), ({ metadata }) => metadata.namespace ?? 'default');
  return facts.pods.flatMap((pod) => {
    if (!KEEPS_DATA.includes(pod.owner.kind)) return [];
    const persistent = new Set(volumesOf(pod).flatMap(({ name, isPersistent }) => (isPersistent ? [name] : [])));
    const databases = containersOf(pod)
      .filter(({ fields }) => isDatabase(fields.image))
      .filter((container) => mountsOf(container).some(({ name }) => persistent.has(name)));
    if (databases.length === 0) return [];
    const names = namesOf(pod, services.get(pod.namespace) ?? []);
    if (backups.get(pod.namespace)?.some((words) => names.some((name) => words.has(name)))) return [];
    const of = `a CronJob or ScheduledBackup in ${pod.namespace} that names ${names.slice(0, 4).join(' or ')}`;
    return databases.map(({ path }) => violation(pod.owner, `${path}.image`, `${NO_BACKUP}: ${of}`));
  });
}

/**
 * Whether a ScheduledBackup can copy its cluster: by a plug-in that the cluster has, with the log that makes a copy consistent, or
 * by what the cluster's own `backup` says.
 */
function copies({ spec: backup }: ManifestObject, { spec }: ManifestObject): boolean {
  if (backup?.suspend === true) return false;
  const method = backup?.method ?? 'barmanObjectStore';
  if (method !== 'plugin') return spec?.backup?.[method] != null;
  const plugins = listOf(spec?.plugins).filter(({ enabled }) => enabled !== false);
  return (
    plugins.some(({ name }) => name === backup?.pluginConfiguration?.name) &&
    plugins.some(({ isWALArchiver }) => isWALArchiver === true)
  );
}

/** A cluster of CloudNativePG makes its pods and volumes itself. Source: cloudnative-pg.io, Backup. */
function clusterViolations(facts: ClusterIndex): Violation[] {
  const key = (namespace: string | undefined, name: unknown): string =>
    `${namespace ?? ''}/${typeof name === 'string' ? name : ''}`;
  const backups = groupBy(facts.ofKind('ScheduledBackup'), ({ metadata: { namespace }, spec }) =>
    key(namespace, spec?.cluster?.name),
  );
  return clustersOf(facts)
    .filter((cluster) => {
      const { namespace, name } = cluster.metadata;
      return backups.get(key(namespace, name))?.some((backup) => copies(backup, cluster)) !== true;
    })
    .map((object) =>
      violation(
        object,
        'spec.backup',
        `${NO_BACKUP}: a ScheduledBackup of ${objectName(object)} by a plug-in of it, one of which archives its log`,
      ),
    );
}

function judge(facts: ClusterIndex, intent: Intent | undefined): Violation[] {
  return [
    ...facts
      .ofKind('PersistentVolumeClaim')
      .flatMap((object) => [...claimViolations(object, 'spec', object.spec), ...retentionViolations(object)]),
    ...facts.ofKind('StatefulSet').flatMap(statefulSetViolations),
    // With the object of a cluster go its volumes.
    ...clustersOf(facts).flatMap(retentionViolations),
    ...facts.pods.flatMap((pod) => [...mountViolations(pod), ...sourceViolations(pod)]),
    ...(intent?.development === true ? [] : [...backupViolations(facts), ...clusterViolations(facts)]),
  ];
}

/** Data has a place, the place has a size, and both outlive what made them. */
export const storage: Rule = {
  name: NAME,
  rationale: `A claim that goes when its description goes takes the data with it, and a database whose volume nobody copies is
lost with its disk. A mount of a volume that is not there keeps the pod from starting, an emptyDir without a size fills the disk
of the node until all of its pods are evicted, and a hostPath is another disk on every node.`,
  wrong: `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 10Gi } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: database, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: postgres
          image: docker.io/library/postgres:16.4
          volumeMounts: [{ name: data, mountPath: /var/lib/postgresql/data }]
      volumes:
        - { name: data, persistentVolumeClaim: { claimName: data } }
        - { name: tmp, emptyDir: {} }
`,
  right: `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop, annotations: { argocd.argoproj.io/sync-options: Prune=false } }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 10Gi } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: database, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: postgres
          image: docker.io/library/postgres:16.4
          volumeMounts:
            - { name: data, mountPath: /var/lib/postgresql/data }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - { name: data, persistentVolumeClaim: { claimName: data } }
        - { name: tmp, emptyDir: { sizeLimit: 64Mi } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: backup, namespace: shop }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{ name: dump, image: example.com/backup:v1, args: [--host=database] }]
`,
  judge,
};
