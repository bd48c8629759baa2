import { runsOf } from '../base/schedule';
import { ClusterIndex } from '../checks/cluster/cluster-index';
import { containersOf, type Fields, listOf } from '../checks/cluster/pods';
import { mountsOf } from '../checks/cluster/volumes';
import type { Change } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import { valuesAt } from './values';

/** A retention policy such as `30d` in days. NaN if it is not valid. Source: cloudnative-pg.io, barman-cloud, Retention policy. */
function daysOf(retention: Fields): number {
  const [, count, unit] = /^(\d+)([dwm])$/.exec(String(retention)) ?? [];
  return Number(count) * ({ d: 1, w: 7, m: 30 }[unit as 'd' | 'w' | 'm'] ?? Number.NaN);
}

/** The variables of all containers of a workload. */
function variablesOf(object: ManifestObject): Fields[] {
  return new ClusterIndex([object]).pods.flatMap(containersOf).flatMap(({ fields }) => listOf(fields.env));
}

/** The variables of a backup that set how many dumps it keeps, such as KEEP_DAILY. */
function retentionCounts(object: ManifestObject): Map<string, number> {
  return new Map(
    variablesOf(object).flatMap(({ name, value }) =>
      /^KEEP_[A-Z]+$/.test(name) ? [[String(name), Number(value)] as const] : [],
    ),
  );
}

/** The restic repository of a workload: a path with the claim that is mounted there. Source: restic.readthedocs.io, RESTIC_REPOSITORY. */
function repositoryOf(object: ManifestObject): string | undefined {
  const url = variablesOf(object).find(({ name }) => name === 'RESTIC_REPOSITORY')?.value;
  if (typeof url !== 'string') return undefined;
  const claims = new ClusterIndex([object]).pods.flatMap((pod) => {
    const mounts = containersOf(pod).flatMap(mountsOf);
    return listOf(pod.spec.volumes)
      .filter(({ name }) => mounts.some((mount) => mount.name === name && isBelow(url, mount.mountPath)))
      .flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  });
  return claims.length === 0 ? url : `${url} of the claim ${claims[0]}`;
}

const isBelow = (path: unknown, folder: unknown): boolean => `${path}/`.startsWith(`${folder}/`);

/** A changed restic repository. */
function movedRepositoryRisks(before: ManifestObject, after: ManifestObject): string[] {
  const [old, now] = [before, after].map(repositoryOf);
  return old === undefined || old === now
    ? []
    : [`moves its repository to ${now ?? 'none'} from ${old}: backups there are no longer found`];
}

/** Whether an object makes or stores backups: a CronJob with retention variables, or CloudNativePG's kinds. */
function isBackup(object: ManifestObject | undefined): object is ManifestObject {
  if (object === undefined) return false;
  if (['ScheduledBackup', 'ObjectStore'].includes(object.kind)) return true;
  return object.kind === 'CronJob' && retentionCounts(object).size > 0;
}

/** A schedule that runs less often. Invalid schedules are ignored. */
function rarerScheduleRisks(change: Change): string[] {
  const { before, after } = valuesAt(change, 'spec.schedule');
  const [old, now] = [runsOf(before), runsOf(after)];
  return old !== undefined && now !== undefined && now < old
    ? [`runs backups less often: ${before} → ${after}; data written since the last backup may be lost`]
    : [];
}

/** A changed location of an archive, which is the provider's own without an address. Source: cloudnative-pg.io, barman-cloud, ObjectStore. */
function movedArchiveRisks(change: Change): string[] {
  return ['destinationPath', 'endpointURL'].flatMap((field) => {
    const { before, after } = valuesAt(change, `spec.configuration.${field}`);
    const [from = 'the default address', to = 'the default address'] = [before, after];
    return from === to ? [] : [`moves its archive to ${to} from ${from}: backups there are no longer found`];
  });
}

/** The location of the WAL archive of a Cluster. Sources: cloudnative-pg.io, WAL archiving; barman-cloud, Usage. */
function archiveOf(object: ManifestObject | undefined): string | undefined {
  const archiver = listOf(object?.spec?.plugins).find(
    ({ isWALArchiver, enabled }) => isWALArchiver && enabled !== false,
  );
  if (archiver === undefined) return object?.spec?.backup?.barmanObjectStore?.destinationPath;
  // The name of the archive defaults to the name of the Cluster.
  const { barmanObjectName, serverName = object?.metadata.name } = archiver.parameters ?? {};
  return [archiver.name, barmanObjectName, serverName].filter((part) => part !== undefined).join('/');
}

/** A WAL archive that a change stops or moves. */
function archivingRisks({ before, after }: Change): string[] {
  const [old, now] = [archiveOf(before), archiveOf(after)];
  if (after === undefined || old === undefined || old === now) return [];
  return now === undefined
    ? ['stops archiving: data written from now on cannot be restored']
    : [`moves its archive to ${now} from ${old}: backups there are no longer found`];
}

/** Changes that stop backups or archives, reduce them or move them, as messages. */
export function backupRisks(change: Change): string[] {
  const { before, after } = change;
  if (before?.kind === 'Cluster') return archivingRisks(change);
  if (!isBackup(before)) return [];
  if (after === undefined) return ['it makes no backups any more'];
  const suspended = valuesAt(change, 'spec.suspend');
  const retention = valuesAt(change, 'spec.retentionPolicy');
  const kept = retentionCounts(after);
  const shorter = [...retentionCounts(before)].flatMap(([name, old]) => {
    const now = kept.get(name) ?? 0;
    return now < old ? [`keeps fewer backups: ${name} ${old} → ${now}; the next run deletes the others`] : [];
  });
  return [
    ...(suspended.after === true && suspended.before !== true ? ['is suspended: it makes no backups'] : []),
    ...rarerScheduleRisks(change),
    ...movedArchiveRisks(change),
    ...movedRepositoryRisks(before, after),
    ...(daysOf(retention.after) < daysOf(retention.before)
      ? [`keeps its archive for ${retention.after} instead of ${retention.before}`]
      : []),
    ...shorter,
  ];
}
