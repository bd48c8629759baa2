import { formatValue, quantityOf } from '../base/quantity';
import type { Fields } from '../checks/cluster/pods';
import type { Change } from '../manifests/change';
import { isSame } from '../manifests/fields';
import type { Mark } from './mark';
import { valuesAt } from './values';

/** The fields of a kind that an update may not change: the listed ones, or all of the spec except the listed ones. */
interface ImmutableFields {
  readonly fields?: readonly string[];
  readonly allBut?: readonly string[];
  /** The remedy. */
  readonly hint: string;
}

const RECREATE = 'delete it, and apply again';

/**
 * Sources: kubernetes.io, the reference of each API and the validation of its updates; of custom resources, the rules
 * `self == oldSelf` in their definitions.
 */
const IMMUTABLE: Readonly<Record<string, ImmutableFields>> = {
  Deployment: { fields: ['spec.selector'], hint: RECREATE },
  DaemonSet: { fields: ['spec.selector'], hint: RECREATE },
  ReplicaSet: { fields: ['spec.selector'], hint: RECREATE },
  StatefulSet: {
    allBut: [
      'replicas',
      'ordinals',
      'template',
      'updateStrategy',
      'persistentVolumeClaimRetentionPolicy',
      'minReadySeconds',
    ],
    hint: 'kubectl delete statefulset --cascade=orphan, and apply again',
  },
  Job: {
    fields: [
      'template',
      'selector',
      'completions',
      'completionMode',
      'podFailurePolicy',
      'successPolicy',
      'managedBy',
    ].map((field) => `spec.${field}`),
    hint: RECREATE,
  },
  Service: { fields: ['spec.clusterIP', 'spec.loadBalancerClass'], hint: RECREATE },
  PersistentVolumeClaim: {
    allBut: ['resources', 'volumeAttributesClassName'],
    hint: 'create another volume and copy the data',
  },
  RoleBinding: { fields: ['roleRef'], hint: RECREATE },
  ClusterRoleBinding: { fields: ['roleRef'], hint: RECREATE },
  PriorityClass: { fields: ['value', 'preemptionPolicy'], hint: 'create one with another name' },
  IngressClass: { fields: ['spec.controller'], hint: RECREATE },
  StorageClass: {
    fields: ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
    hint: 'create one with another name',
  },
  RuntimeClass: { fields: ['handler'], hint: 'create one with another name' },
  Secret: { fields: ['type'], hint: RECREATE },
  GatewayClass: { fields: ['spec.controllerName'], hint: RECREATE },
  Database: {
    fields: ['cluster', 'name', 'template', 'encoding', 'locale', 'localeProvider', 'localeCollate', 'localeCType'].map(
      (field) => `spec.${field}`,
    ),
    hint: 'create one with another name',
  },
  DatabaseRole: { fields: ['spec.cluster', 'spec.name'], hint: 'create one with another name' },
  ScheduledBackup: { fields: ['spec.cluster'], hint: RECREATE },
  RabbitmqCluster: { fields: ['spec.persistence.storageClassName'], hint: 'create one with another name' },
};

const SIZES: Readonly<Record<string, readonly string[]>> = {
  PersistentVolumeClaim: ['spec.resources.requests.storage'],
  Cluster: ['spec.storage.size', 'spec.walStorage.size'],
  RabbitmqCluster: ['spec.persistence.storage'],
};

/** The storage sizes that a change reduces. */
export function shrunkSizes(
  change: Change,
): { readonly path: string; readonly before: string; readonly after: string }[] {
  const paths = SIZES[change.after?.kind ?? ''] ?? [];
  return paths.flatMap((path) => {
    const { before, after } = valuesAt(change, path);
    const [old, now] = [quantityOf(before), quantityOf(after)];
    return old !== undefined && now !== undefined && now < old ? [{ path, before, after }] : [];
  });
}

/** The immutable fields of a changed object. */
function immutableFieldsOf({ before, after }: Change): string[] {
  const kind = after?.kind ?? '';
  const fixed = Object.hasOwn(IMMUTABLE, kind) ? IMMUTABLE[kind] : undefined;
  const { fields = [], allBut } = fixed ?? {};
  if (allBut === undefined) return [...fields];
  const keys = new Set([...Object.keys(before?.spec ?? {}), ...Object.keys(after?.spec ?? {})]);
  return [...keys].filter((key) => !allBut.includes(key)).map((key) => `spec.${key}`);
}

/** The immutable fields of a Secret or ConfigMap with `immutable: true`. */
function sealedFieldsOf(change: Change): string[] {
  const isSealed = ['Secret', 'ConfigMap'].includes(change.after?.kind ?? '') && change.before?.immutable === true;
  return isSealed ? ['data', 'stringData', 'binaryData', 'immutable'] : [];
}

/** Whether a field may be omitted because the API server keeps its value. */
function isLeftOut(kind: string, path: string, after: Fields): boolean {
  return kind === 'Service' && path === 'spec.clusterIP' && after === undefined;
}

/** Changed fields that the API server refuses to change. */
export function immutableFieldMarks(change: Change): Mark[] {
  const { before, after } = change;
  if (before === undefined || after === undefined || before.metadata.name !== after.metadata.name) return [];
  const hint = IMMUTABLE[after.kind]?.hint ?? RECREATE;
  const touched = [...immutableFieldsOf(change), ...sealedFieldsOf(change)].filter((path) => {
    const values = valuesAt(change, path);
    return !isSame(values.before, values.after) && !isLeftOut(after.kind, path, values.after);
  });
  const refused = touched.map((path) => `${path} cannot be changed; ${hint}`);
  const smaller = shrunkSizes(change).map(
    ({ path, ...size }) => `${path} cannot shrink, from ${formatValue(size.before)} to ${formatValue(size.after)}`,
  );
  return [...refused, ...smaller].map((message) => ({ risk: 'immutable', message }));
}
