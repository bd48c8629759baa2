import { listOf } from '../checks/cluster/pods';
import { asStatefulSet } from '../checks/cluster/rabbitmq';
import { type Change, objectOf } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import { backupRisks } from './backups';
import { immutableFieldMarks, shrunkSizes } from './immutable';
import type { Mark } from './mark';
import { movedStores } from './stores';
import { valuesAt } from './values';

/** What holds data, and what becomes of it with the object. */
const HOLDERS: Readonly<Record<string, string>> = {
  Namespace: 'with it goes everything that is in it, volumes too',
  PersistentVolumeClaim: 'with it goes its volume',
  Cluster: 'with it go its databases',
  RabbitmqCluster: 'with it go its queues, and with operators before 2.23 its volumes',
};

/** Whether an object exists for the data that it holds. Such an object is deleted only by hand. */
export function holdsData({ kind }: ManifestObject): boolean {
  return Object.hasOwn(HOLDERS, kind);
}

function hasVolume({ kind, spec }: ManifestObject): boolean {
  const claims = listOf(spec?.template?.spec?.volumes).some((volume) => volume.persistentVolumeClaim);
  return kind === 'StatefulSet' && (claims || listOf(spec?.volumeClaimTemplates).length > 0);
}

/** An image's name, whichever registry it comes from, and the number that its tag begins with. */
function majorOf(image: unknown): { readonly name: string; readonly major: number } | undefined {
  const [, name, major] = /^(?:.*\/)?([^/]+):v?(\d+)(?![\w])[^/@]*(?:@.*)?$/.exec(String(image)) ?? [];
  return name === undefined ? undefined : { name, major: Number(major) };
}

/** The images of what keeps data, by the containers that run them. */
function keepers(object: ManifestObject | undefined): Map<string, unknown> {
  if (object?.kind === 'Cluster') return new Map([['instances', object.spec?.imageName]]);
  const workload = object && asStatefulSet(object);
  if (workload === undefined || !hasVolume(workload)) return new Map();
  return new Map(listOf(workload.spec?.template?.spec?.containers).map(({ name, image }) => [String(name), image]));
}

/** Databases do not read what another major version has written. */
function upgrades({ before, after }: Change): string[] {
  const now = keepers(after);
  return [...keepers(before)].flatMap(([name, image]) => {
    const [from, to] = [majorOf(image), majorOf(now.get(name))];
    if (from === undefined || to === undefined || from.name !== to.name || from.major === to.major) return [];
    const what = to.major < from.major ? 'an older version reads no data of a newer one' : 'it may have to be migrated';
    return [
      `${from.name} goes from major version ${from.major} to ${to.major}: ${what}; read its notes, and have a backup`,
    ];
  });
}

/** How many copies a CloudNativePG Cluster keeps, and how many have a write before it is confirmed. Source: cloudnative-pg.io, Replication. */
function copies(change: Change): string[] {
  if (change.before?.kind !== 'Cluster' || change.after === undefined) return [];
  const instances = valuesAt(change, 'spec.instances');
  const waits = ({ spec }: ManifestObject): number => {
    const { number = 0, dataDurability = 'required' } = spec?.postgresql?.synchronous ?? {};
    return dataDurability === 'required' ? Number(number) : 0;
  };
  const [old, now] = [waits(change.before), waits(change.after)];
  return [
    ...((instances.before ?? 1) > 1 && (instances.after ?? 1) === 1
      ? ['one instance is left: what it has not archived goes with its volume']
      : []),
    ...(now < old
      ? [
          `a write is confirmed when ${now} other instances are sure to have it, no longer ${old}: a failover may lose some`,
        ]
      : []),
  ];
}

/** What Argo CD leaves in place though nothing describes it any more. Source: argo-cd.readthedocs.io, Sync Options. */
function isKept({ metadata }: ManifestObject): boolean {
  const options = String(metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '');
  return options.split(',').some((option) => option.trim() === 'Prune=false');
}

function unkept({ before, after }: Change): string[] {
  if (before === undefined || after === undefined || !holdsData(after)) return [];
  return isKept(before) && !isKept(after) ? ['Argo CD may prune it, and what it holds with it'] : [];
}

/** A database that its object's end, or its own word, drops. Source: cloudnative-pg.io, Database. */
function databases({ before, after }: Change): string[] {
  const { kind, spec } = objectOf({ before, after, fields: [] });
  if (kind !== 'Database') return [];
  if (after === undefined) return spec?.databaseReclaimPolicy === 'delete' ? ['the database is dropped with it'] : [];
  const isAbsent = after.spec?.ensure === 'absent' && before?.spec?.ensure !== 'absent';
  return isAbsent ? [`the database ${spec?.name} is dropped`] : [];
}

/** Immutable fields of a StatefulSet with which it can be made anew around its pods and volumes: `--cascade=orphan`. */
const KEPT = /^spec\.(serviceName|podManagementPolicy) /;

function holders(change: Change): string[] {
  const { before, after } = change;
  if (before === undefined) return [];
  if (after === undefined) {
    if (hasVolume(before)) return ['nothing serves its volumes any more'];
    return holdsData(before) ? [HOLDERS[before.kind] as string] : [];
  }
  const smaller = shrunkSizes(change).map((size) => `storage shrinks from ${size.before} to ${size.after}`);
  if (smaller.length > 0) return smaller;
  const fields = immutableFieldMarks(change).filter(
    ({ message }) => before.kind !== 'StatefulSet' || !KEPT.test(message),
  );
  const replaced = (holdsData(before) || hasVolume(before)) && fields.length > 0;
  return replaced ? ['it would have to be replaced, and what it holds with it'] : [];
}

/** What may be lost. */
export function dataMarks(change: Change): Mark[] {
  const messages = [
    ...holders(change),
    ...upgrades(change),
    ...copies(change),
    ...unkept(change),
    ...backupRisks(change),
    ...databases(change),
    ...movedStores(change),
  ];
  return messages.map((message) => ({ risk: 'data', message }));
}
