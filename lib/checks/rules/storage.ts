import { formatValue, quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import { backupFindings, clusterFindings } from '../cluster/backups';
import { clustersOf } from '../cluster/cloudnative-pg';
import type { ClusterIndex } from '../cluster/cluster-index';
import { dataVolumeFindings, suspendedBackups, unusedClaims } from '../cluster/data-volumes';
import { droppedData } from '../cluster/database-access';
import { containersOf, type Fields, listOf, type Pod } from '../cluster/pods';
import type { Level, Violation } from '../cluster/violation';
import { mountsOf, volumesOf } from '../cluster/volumes';
import type { Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'storage';

const violation = (object: ManifestObject, path: string, message: string, level?: Level): Violation => ({
  rule: NAME,
  object,
  path,
  message,
  level,
});

/** Source: kubernetes.io, Persistent Volumes, Access Modes. */
const MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

/** The largest size of a claim. No cloud has larger disks, so the claim would never be bound. */
const MAX_SIZE = '64Ti';

function claimViolations(object: ManifestObject, path: string, spec: Fields): Violation[] {
  const modes = listOf(spec?.accessModes);
  const unknown = modes.filter((mode) => !MODES.includes(mode));
  const size = spec?.resources?.requests?.storage;
  const bytes = quantityOf(size);
  const violations: Violation[] = [];
  if (modes.length === 0 || unknown.length > 0) {
    const message = `given ${formatValue(spec?.accessModes)}, expected some of ${MODES.join(', ')}`;
    violations.push(violation(object, `${path}.accessModes`, message));
  }
  if (bytes === undefined || bytes <= 0 || bytes > (quantityOf(MAX_SIZE) as number)) {
    const message = `given ${formatValue(size)}, expected a size such as 10Gi, at most ${MAX_SIZE}`;
    violations.push(violation(object, `${path}.resources.requests.storage`, message));
  }
  return violations;
}

const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';

/** Helm's annotation, which Argo CD supports as well. */
const HELM_POLICY = 'helm.sh/resource-policy';

/** Objects with data that Argo CD may prune. Source: Argo CD, Sync Options, No Prune Resources. */
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
          `given ${formatValue(options)}, expected Prune=false, so that the data outlive the manifest`,
          'policy',
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
        : [
            violation(
              object,
              path,
              `given ${formatValue(given)}, expected Retain, so that the data outlive the pods`,
              'policy',
            ),
          ];
    }),
  ];
}

/** Mounts without a volume, volumes without a mount, and mounts at the same path. */
function mountViolations(pod: Pod): Violation[] {
  const volumes = volumesOf(pod);
  const names = new Set(volumes.map(({ name }) => name));
  const mounted = new Set<unknown>();
  const violations: Violation[] = [];
  for (const container of containersOf(pod)) {
    const mountPaths = new Set<unknown>();
    for (const { name, path, mountPath } of mountsOf(container)) {
      mounted.add(name);
      if (!names.has(name)) {
        violations.push(
          violation(pod.owner, `${path}.name`, `given ${formatValue(name)}, expected the name of a volume of the pod`),
        );
      }
      if (mountPath !== undefined && mountPaths.has(mountPath)) {
        const message = `given ${formatValue(mountPath)}, where the container mounts another volume; expected a different path`;
        violations.push(violation(pod.owner, `${path}.mountPath`, message));
      }
      mountPaths.add(mountPath);
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
          `given the volume ${formatValue(name)} that no container mounts, expected a mount or no volume`,
          'policy',
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
      return [violation(owner, `${path}.hostPath`, message, 'policy')];
    }
    const claim = fields.ephemeral?.volumeClaimTemplate;
    if (claim != null) return claimViolations(owner, `${path}.ephemeral.volumeClaimTemplate.spec`, claim.spec);
    const sizeLimit = fields.emptyDir?.sizeLimit;
    return isEmptyDir(fields) && !((quantityOf(sizeLimit) ?? 0) > 0)
      ? [
          violation(
            owner,
            `${path}.emptyDir.sizeLimit`,
            `given ${formatValue(sizeLimit)}, expected a size such as 64Mi; without one it may fill the disk of the node`,
            'policy',
          ),
        ]
      : [];
  });
}

function judge(cluster: ClusterIndex, intent: Intent | undefined): Violation[] {
  return [
    ...cluster
      .ofKind('PersistentVolumeClaim')
      .flatMap((object) => [...claimViolations(object, 'spec', object.spec), ...retentionViolations(object)]),
    ...cluster.ofKind('StatefulSet').flatMap(statefulSetViolations),
    // Deleting a Cluster deletes its volumes.
    ...[...clustersOf(cluster), ...cluster.ofKind('RabbitmqCluster')].flatMap(retentionViolations),
    ...cluster.pods.flatMap((pod) => [...mountViolations(pod), ...sourceViolations(pod)]),
    ...[
      ...dataVolumeFindings(cluster),
      ...droppedData(cluster),
      ...suspendedBackups(cluster),
      ...(intent === undefined ? [] : unusedClaims(cluster)),
    ].map((finding): Violation => ({ rule: NAME, level: 'risk', ...finding })),
    ...(intent?.development === true ? [] : [...backupFindings(cluster), ...clusterFindings(cluster)]).map(
      (finding): Violation => ({ rule: NAME, level: 'policy', ...finding }),
    ),
  ];
}

/** Volumes are valid and have a size, and data outlive their workload and are backed up. */
export const storage: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `If a claim is pruned when its manifest is removed, its data are lost, and a database without a backup is lost with its
disk. A mount of a missing volume keeps the pod from starting, an emptyDir without a size limit may fill the disk of the node until its
pods are evicted, and a hostPath is a different disk on every node.`,
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
          containers: [{ name: dump, image: example.com/backup:v1.0.0, args: [--host=database] }]
`,
  judge,
};
