import { containersOf, Facts, type Fields, listOf } from '../checks/facts/facts';
import type { ManifestObject } from '../checks/violation';
import { type Change, objectOf, valuesAt } from './change';
import { immutable, shrunk } from './immutable';
import type { Mark } from './mark';

/** What holds data, and what becomes of it with the object. */
const HOLDERS: Readonly<Record<string, string>> = {
  Namespace: 'with it goes everything that is in it, volumes too',
  PersistentVolumeClaim: 'with it goes its volume',
  Cluster: 'with it go its databases',
};

/** Whether an object is there for what it holds: such a one is deleted by hand, and by somebody who is sure. */
export function holdsData({ kind }: ManifestObject): boolean {
  return Object.hasOwn(HOLDERS, kind);
}

function hasVolume({ kind, spec }: ManifestObject): boolean {
  const claims = listOf(spec?.template?.spec?.volumes).some((volume) => volume.persistentVolumeClaim);
  return kind === 'StatefulSet' && (claims || listOf(spec?.volumeClaimTemplates).length > 0);
}

/** The table of tenants that provisioning reads: a line for each, with the slug and what is to be. */
const TENANTS = 'tenants.tsv';

function tenantsIn(object: ManifestObject | undefined): Map<string, string> {
  const text: unknown = object?.kind === 'ConfigMap' ? object.data?.[TENANTS] : undefined;
  const lines = typeof text === 'string' ? text.split('\n').map((line) => line.split('\t')) : [];
  return new Map(lines.flatMap(([slug, state]) => (slug && state ? [[slug, state] as const] : [])));
}

function tenants({ before, after }: Change): string[] {
  const old = tenantsIn(before);
  return [...tenantsIn(after)].flatMap(([slug, state]) =>
    state === 'removed' && old.get(slug) !== 'removed'
      ? [`tenant ${slug} is removed: after a last dump its database is dropped`]
      : [],
  );
}

/** A tenant that could get in before, and cannot any more; its data stay. */
export function shut({ before, after }: Change): Mark[] {
  const now = tenantsIn(after);
  return [...tenantsIn(before)].flatMap(([slug, state]): Mark[] => {
    if (state !== 'active' || now.get(slug) === 'active' || now.get(slug) === 'removed') return [];
    const how = now.has(slug) ? 'is suspended' : 'is on the list no more';
    return [{ risk: 'shut', message: `tenant ${slug} ${how}: nobody of it gets in, and its data stay` }];
  });
}

/** An image's repository, and the number that its tag begins with. */
function majorOf(image: unknown): { readonly repository: string; readonly major: number } | undefined {
  const [, repository, major] = /^(.+):v?(\d+)(?![\w])[^/@]*(?:@.*)?$/.exec(String(image)) ?? [];
  return repository === undefined ? undefined : { repository, major: Number(major) };
}

/** The images of what keeps data, by the containers that run them. */
function keepers(object: ManifestObject | undefined): Map<string, unknown> {
  if (object?.kind === 'Cluster') return new Map([['instances', object.spec?.imageName]]);
  if (object === undefined || !hasVolume(object)) return new Map();
  return new Map(listOf(object.spec?.template?.spec?.containers).map(({ name, image }) => [String(name), image]));
}

/** Databases do not read what another major version has written. */
function upgrades({ before, after }: Change): string[] {
  const now = keepers(after);
  return [...keepers(before)].flatMap(([name, image]) => {
    const [from, to] = [majorOf(image), majorOf(now.get(name))];
    if (from === undefined || to === undefined || from.repository !== to.repository || from.major === to.major)
      return [];
    const what = to.major < from.major ? 'an older version reads no data of a newer one' : 'it may have to be migrated';
    return [
      `what keeps it goes from major version ${from.major} to ${to.major}: ${what}; read its notes, and have a backup`,
    ];
  });
}

/** `30d` in days. Source: cloudnative-pg.io, barman-cloud, Retention policy. */
function days(retention: Fields): number {
  const [, count, unit] = /^(\d+)([dwm])$/.exec(String(retention)) ?? [];
  return Number(count) * ({ d: 1, w: 7, m: 30 }[unit as 'd' | 'w' | 'm'] ?? Number.NaN);
}

/** The variables that say how much of its dumps a backup keeps. */
function keptBy(object: ManifestObject): Map<string, number> {
  const variables = new Facts([object]).pods.flatMap(containersOf).flatMap(({ fields }) => listOf(fields.env));
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
  return object.kind === 'CronJob' && keptBy(object).size > 0;
}

function backups(change: Change): string[] {
  const { before, after } = change;
  if (!isBackup(before)) return [];
  if (after === undefined) return ['no backups are made by it any more'];
  const suspended = valuesAt(change, 'spec.suspend');
  const retention = valuesAt(change, 'spec.retentionPolicy');
  const kept = keptBy(after);
  const shorter = [...keptBy(before)].flatMap(([name, old]) => {
    const now = kept.get(name) ?? 0;
    return now < old ? [`keeps fewer backups: ${name} ${old} → ${now}; the others are forgotten at the next run`] : [];
  });
  return [
    ...(suspended.after === true && suspended.before !== true ? ['makes no backups while it is suspended'] : []),
    ...(days(retention.after) < days(retention.before)
      ? [`keeps its archive for ${retention.after}, and no longer ${retention.before}`]
      : []),
    ...shorter,
  ];
}

/** A database that its object's end, or its own word, drops. Source: cloudnative-pg.io, Database. */
function databases({ before, after }: Change): string[] {
  const { kind, spec } = objectOf({ before, after, fields: [] });
  if (kind !== 'Database') return [];
  if (after === undefined) return spec?.databaseReclaimPolicy === 'delete' ? ['the database is dropped with it'] : [];
  const isAbsent = after.spec?.ensure === 'absent' && before?.spec?.ensure !== 'absent';
  return isAbsent ? [`the database ${spec?.name} is dropped`] : [];
}

function holders(change: Change): string[] {
  const { before, after } = change;
  if (before === undefined) return [];
  if (after === undefined) {
    if (hasVolume(before)) return ['nothing serves its volumes any more'];
    return holdsData(before) ? [HOLDERS[before.kind] as string] : [];
  }
  const smaller = shrunk(change).map((size) => `storage shrinks from ${size.before} to ${size.after}`);
  if (smaller.length > 0) return smaller;
  const replaced = (holdsData(before) || hasVolume(before)) && immutable(change).length > 0;
  return replaced ? ['it would have to be replaced, and what it holds with it'] : [];
}

/** What may be lost. */
export function data(change: Change): Mark[] {
  const messages = [
    ...holders(change),
    ...upgrades(change),
    ...tenants(change),
    ...backups(change),
    ...databases(change),
  ];
  return messages.map((message) => ({ risk: 'data', message }));
}
