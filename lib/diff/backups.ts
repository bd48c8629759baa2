import { ClusterIndex } from '../checks/cluster/cluster-index';
import { containersOf, type Fields, listOf } from '../checks/cluster/pods';
import type { ManifestObject } from '../manifests/object';
import { type Change, valuesAt } from './change';
import { runsOf } from './schedule';

/** `30d` in days. Source: cloudnative-pg.io, barman-cloud, Retention policy. */
function daysOf(retention: Fields): number {
  const [, count, unit] = /^(\d+)([dwm])$/.exec(String(retention)) ?? [];
  return Number(count) * ({ d: 1, w: 7, m: 30 }[unit as 'd' | 'w' | 'm'] ?? Number.NaN);
}

/** The variables that say how much of its dumps a backup keeps. */
function retentionCounts(object: ManifestObject): Map<string, number> {
  const variables = new ClusterIndex([object]).pods.flatMap(containersOf).flatMap(({ fields }) => listOf(fields.env));
  return new Map(
    variables.flatMap(({ name, value }) =>
      /^KEEP_[A-Z]+$/.test(name) ? [[String(name), Number(value)] as const] : [],
    ),
  );
}

/** CronJobs that dump, by the variables that say what they keep, and CloudNativePG's own. */
function isBackup(object: ManifestObject | undefined): object is ManifestObject {
  if (object === undefined) return false;
  if (['ScheduledBackup', 'ObjectStore'].includes(object.kind)) return true;
  return object.kind === 'CronJob' && retentionCounts(object).size > 0;
}

/** A schedule that comes round less often; one that cannot be read is nobody's to judge. */
function rarerScheduleRisks(change: Change): string[] {
  const { before, after } = valuesAt(change, 'spec.schedule');
  const [old, now] = [runsOf(before), runsOf(after)];
  return old !== undefined && now !== undefined && now < old
    ? [`backs up more rarely: ${before} → ${after}; what was written since the last one is lost with its volume`]
    : [];
}

/** Where an archive is. Source: cloudnative-pg.io, barman-cloud, ObjectStore. */
function movedArchiveRisks(change: Change): string[] {
  return ['destinationPath', 'endpointURL'].flatMap((field) => {
    const { before, after } = valuesAt(change, `spec.configuration.${field}`);
    return before === undefined || before === after
      ? []
      : [
          `its archive is at ${after ?? 'the default address'}, no longer at ${before}: what is there is not found any more`,
        ];
  });
}

/** Where a Cluster archives what it writes. Sources: cloudnative-pg.io, WAL archiving; barman-cloud, Usage. */
function archiveOf(object: ManifestObject | undefined): string | undefined {
  const archiver = listOf(object?.spec?.plugins).find(
    ({ isWALArchiver, enabled }) => isWALArchiver && enabled !== false,
  );
  if (archiver === undefined) return object?.spec?.backup?.barmanObjectStore?.destinationPath;
  // Without a name of its own, the archive has the Cluster's.
  const { barmanObjectName, serverName = object?.metadata.name } = archiver.parameters ?? {};
  return [archiver.name, barmanObjectName, serverName].filter((part) => part !== undefined).join('/');
}

function archivingRisks({ before, after }: Change): string[] {
  const [old, now] = [archiveOf(before), archiveOf(after)];
  if (after === undefined || old === undefined || old === now) return [];
  return now === undefined
    ? ['it archives no more: nothing that is written from now on can be brought back']
    : [`it archives to ${now}, no longer to ${old}: what is there is not found any more`];
}

/** What of backups and archives a change ends, thins out or leaves behind. */
export function backupRisks(change: Change): string[] {
  const { before, after } = change;
  if (before?.kind === 'Cluster') return archivingRisks(change);
  if (!isBackup(before)) return [];
  if (after === undefined) return ['no backups are made by it any more'];
  const suspended = valuesAt(change, 'spec.suspend');
  const retention = valuesAt(change, 'spec.retentionPolicy');
  const kept = retentionCounts(after);
  const shorter = [...retentionCounts(before)].flatMap(([name, old]) => {
    const now = kept.get(name) ?? 0;
    return now < old ? [`keeps fewer backups: ${name} ${old} → ${now}; the others are forgotten at the next run`] : [];
  });
  return [
    ...(suspended.after === true && suspended.before !== true ? ['makes no backups while it is suspended'] : []),
    ...rarerScheduleRisks(change),
    ...movedArchiveRisks(change),
    ...(daysOf(retention.after) < daysOf(retention.before)
      ? [`keeps its archive for ${retention.after}, and no longer ${retention.before}`]
      : []),
    ...shorter,
  ];
}
