import { bytesOf } from '../../../lib/base/quantity';
import type { Task } from '../../../lib/model/task';
import { Duration } from '../../../lib/model/units';
import { EVERY } from '../../../lib/parts/backup/settings';
import type { ApplicationConfig } from '../settings';
import { dumpsIn } from '../storage';
import { type Calculated, restoreMinutes, shown } from './arithmetic';
import { type GivenSetting, inWords, joined, type Part, row, textRow } from './part';
import type { RequirementsConfig } from './settings';

const HOUR = 3600;
/** A segment of the write-ahead log is archived so often at least. Source: cloudnative-pg.io, archive_timeout. */
const ARCHIVED = 300;

/** The age of the newest dump, in hours, above which an alert fires and a drill fails: the objective and an hour for the dump. */
function oldestDump(rpo: number): Calculated {
  const hours = rpo / HOUR;
  // The longest duration of a setting is 9999h.
  return { value: Math.min(9999, Math.ceil(hours) + 1), formula: `⌈${shown(hours)}⌉ + 1` };
}

/** The hours between dumps. @default - there are none */
function hoursBetween({ backups }: ApplicationConfig): number | undefined {
  return backups === undefined || 'none' in backups ? undefined : backups.every;
}

/** The largest age of a dump that the recovery point objective allows. @default - each dump has its own: the file dumps less often */
function oldestAllowed(settings: ApplicationConfig): Calculated | undefined {
  const rpo = settings.requirements?.rpo ?? 0;
  const every = hoursBetween(settings);
  return every === undefined || rpo < every * HOUR ? undefined : oldestDump(rpo);
}

/** Tasks, of which those that dump have the largest age that the recovery point objective allows, if the file does not dump less often. */
export function withOldestDump(tasks: readonly Task[], settings: ApplicationConfig): readonly Task[] {
  const oldest = oldestAllowed(settings);
  if (oldest === undefined) return tasks;
  return tasks.map((one) => (one.purpose === 'backup' ? { ...one, maxAge: Duration.hours(oldest.value) } : one));
}

/** What is dumped beside the database. */
function othersDumped({ redis, services }: ApplicationConfig): string[] {
  return [
    ...(redis?.kind === 'statefulset' && redis.keep ? ['redis'] : []),
    ...Object.keys(services).filter((name) => dumpsIn(services[name]?.storage ?? {}).length > 0),
  ];
}

/** An objective below an hour, which no dump meets. */
function withoutDumps(settings: ApplicationConfig, rpo: number): Partial<Part> {
  const { database } = settings;
  const path = ['requirements', 'rpo'];
  if (database?.kind !== 'cloudnative-pg' && database?.kind !== 'external')
    return {
      problems: [
        {
          path,
          message: `given rpo ${inWords(rpo)} with dumps (at best hourly), expected database.kind cloudnative-pg with archive, or external whose provider restores to a moment`,
        },
      ],
    };
  if (database.kind === 'cloudnative-pg' && rpo < ARCHIVED)
    return {
      problems: [
        {
          path,
          message: `given rpo ${inWords(rpo)}, expected at least ${inWords(ARCHIVED)}: within that time the archive gets what was written`,
        },
      ],
    };
  const by = database.kind === 'external' ? 'the provider of the database' : 'database.archive';
  const others = othersDumped(settings);
  return {
    rows: [textRow('data that is lost at most', inWords(rpo), `${by} restores to a moment`, 'rpo')],
    notices: [
      ...(database.kind === 'external'
        ? [`requirements.rpo ${inWords(rpo)} is up to the provider of the database: it has to restore to a moment`]
        : []),
      ...(others.length === 0
        ? []
        : [
            `requirements.rpo ${inWords(rpo)} holds for the database alone: ${others.join(' and ')} can be dumped hourly at best, see backups.every`,
          ]),
    ],
  };
}

function lost(settings: ApplicationConfig, { rpo }: RequirementsConfig): Partial<Part> {
  if (rpo === undefined) return {};
  if (rpo < HOUR) return withoutDumps(settings, rpo);
  const every = EVERY.find((hours) => hours * HOUR <= rpo) ?? 1;
  const why = `the largest of ${EVERY.join(', ')} h that is at most ${inWords(rpo)}`;
  const oldest = oldestDump(rpo);
  const own = hoursBetween(settings) ?? every;
  const alert = settings.monitoring.enabled ? oldestAllowed(settings) : undefined;
  return {
    rows: [
      textRow(
        'hours between dumps',
        `${own} h`,
        `${own === every ? why : 'backups.every'}; at worst that and the duration of a dump are lost`,
        'rpo',
      ),
      ...(alert === undefined ? [] : [row('age of the newest dump that is an alert', alert, 'rpo', { unit: ' h' })]),
    ],
    settings: [
      { path: ['backups', 'every'], value: every, from: 'rpo', why },
      {
        path: ['backups', 'drill', 'rpo'],
        value: `${oldest.value}h`,
        checked: oldest.value * HOUR,
        from: 'rpo',
        why: `${oldest.formula} h`,
      },
    ],
  };
}

function restored({ database }: ApplicationConfig, { rto, assumed }: RequirementsConfig): Partial<Part> {
  if (rto === undefined) return {};
  const settings: GivenSetting[] = [
    { path: ['backups', 'drill', 'rto'], value: inWords(rto), checked: rto, from: 'rto' },
  ];
  if (database === undefined || database.kind === 'external') return { settings };
  const time = restoreMinutes(bytesOf(database.storage), assumed.restoreSpeed);
  return {
    settings,
    rows: [row('restore of a full database volume', time, 'rto', { unit: ' min' })],
    notices:
      time.value * 60 <= rto
        ? []
        : [
            `requirements.rto ${inWords(rto)} is less than the ${shown(time.value)} min that a restore of a full volume takes (${time.formula}): a smaller database.storage, or requirements.assumed.restoreSpeed as it was measured`,
          ],
  };
}

/** What follows from what may be lost, how long a restore may take, and what is kept. Nothing in development, which needs no backups. */
export function recoveryOf(settings: ApplicationConfig, given: RequirementsConfig, development: boolean): Part {
  if (development) return joined([]);
  const { rpo = HOUR, retention = {} } = given;
  // Below an hour it is no dump that the objective is met by.
  const withoutDump = rpo < HOUR ? [lost(settings, given)] : [];
  if (hoursBetween(settings) === undefined) {
    const idle = (['rpo', 'rto', 'retention'] as const).filter(
      (key) => given[key] !== undefined && (key !== 'rpo' || withoutDump.length === 0),
    );
    const notices = idle.map((key) => `requirements.${key} has no effect: there are no backups`);
    return joined([...withoutDump, { notices }]);
  }
  const kept = Object.entries(retention).map(
    ([period, count]): GivenSetting => ({
      path: ['backups', 'keep', period],
      value: count,
      from: 'retention',
    }),
  );
  return joined([lost(settings, given), restored(settings, given), { settings: kept }]);
}
