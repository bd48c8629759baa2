import { lastRunBefore } from '../../lib/base/schedule';
import { type ManifestObject, objectName } from '../../lib/manifests/object';
import type { BuiltSystem } from '../../lib/pipeline/build';
import { type CheckRow, failed, notAsked, passed } from '../shared/check-row';
import { stateOf } from '../shared/progress';
import type { Live, View } from '../shared/view';
import { judgeLive, listOf } from './workloads';

/** How long a backup of CloudNativePG may take, in seconds: its ScheduledBackup has no deadline. */
const CLUSTER_BACKUP_SECONDS = 6 * 3600;

/** The newest of some objects by a time. */
function newest(all: readonly Live[], timeOf: (live: Live) => string | undefined): Live | undefined {
  const timed = all.filter((live) => timeOf(live) !== undefined);
  return timed.sort((one, other) => String(timeOf(other)).localeCompare(String(timeOf(one))))[0];
}

const createdAt = ({ metadata }: Live): string => metadata.creationTimestamp;

function judgeState(job: Live, what: string): CheckRow {
  const { name } = job.metadata;
  const state = stateOf(job, []);
  if (state?.failed) return failed(what, `${name} failed: kubectl logs -n ${job.metadata.namespace} job/${name}`);
  return state?.done ? passed(what, `${name} is done`) : notAsked(what, `${name} ${state?.text}`);
}

/** The Job of a CronJob that was made last. */
async function ofSchedule(view: View, wanted: ManifestObject): Promise<CheckRow> {
  const { name, namespace } = wanted.metadata;
  const what = objectName(wanted);
  const jobs = await listOf(view, 'Job', namespace);
  if (!Array.isArray(jobs)) return jobs(what);
  const own = jobs.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner: Live) => owner.kind === 'CronJob' && owner.name === name),
  );
  const last = newest(own, createdAt);
  return last === undefined ? notAsked(what, 'no Job of it is kept') : judgeState(last, what);
}

/** A Job of the system itself. One that ended is removed after some time. */
async function ofSystem(view: View, wanted: ManifestObject): Promise<CheckRow> {
  const { name, namespace } = wanted.metadata;
  const what = objectName(wanted);
  const jobs = await listOf(view, 'Job', namespace);
  if (!Array.isArray(jobs)) return jobs(what);
  const live = jobs.find(({ metadata }) => metadata.name === name);
  return live === undefined
    ? notAsked(what, 'is not there: it was removed after its end, or never applied')
    : judgeState(live, what);
}

/** `3 h 05 min` */
function ageOf(since: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - since.getTime()) / 60_000));
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** What is known of the runs of a schedule. */
interface Runs {
  readonly schedule: string;
  /** How long after its time a run may end, in seconds. */
  readonly within: number;
  /** When the schedule was made. */
  readonly since: string;
  /** The end of the last run that succeeded. @default - there is none */
  readonly last?: string | undefined;
}

/** Whether the last run that is over by now succeeded. */
function judgeAge(what: string, { schedule, within, since, last }: Runs, now: Date): CheckRow {
  const due = lastRunBefore(schedule, new Date(now.getTime() - within * 1000));
  const age = last === undefined ? 'none has succeeded' : `the newest is ${ageOf(new Date(last), now)} old`;
  if (due === undefined || (last !== undefined && new Date(last) >= due)) return passed(what, age);
  if (new Date(since) > due) return notAsked(what, `${age}; the first run of "${schedule}" is not over yet`);
  return failed(what, `${age}, expected one since ${due.toISOString()} by the schedule "${schedule}"`);
}

/** The age of what a CronJob backed up last. Source: kubernetes.io, CronJobStatus. */
function backup(view: View, wanted: ManifestObject, now: Date): Promise<CheckRow> {
  const { schedule, startingDeadlineSeconds = 0, jobTemplate } = wanted.spec;
  const within = startingDeadlineSeconds + (jobTemplate.spec.activeDeadlineSeconds ?? 0);
  return judgeLive(view, wanted, (live, what) => {
    const runs = { schedule, within, since: createdAt(live), last: live.status?.lastSuccessfulTime };
    return judgeAge(`backup by ${what}`, runs, now);
  });
}

/** The age of the newest backup of a cluster. Source: cloudnative-pg.io, API Reference, BackupStatus. */
function clusterBackup(view: View, wanted: ManifestObject, now: Date): Promise<CheckRow> {
  const { schedule, cluster } = wanted.spec;
  return judgeLive(view, wanted, async (live) => {
    const what = `backup of Cluster ${wanted.metadata.namespace}/${cluster.name}`;
    const all = await listOf(view, 'Backup', wanted.metadata.namespace);
    if (!Array.isArray(all)) return all(what);
    const done = all.filter(({ spec, status }) => spec.cluster.name === cluster.name && status?.phase === 'completed');
    const last = newest(done, ({ status }) => status.stoppedAt)?.status.stoppedAt;
    return judgeAge(what, { schedule, within: CLUSTER_BACKUP_SECONDS, since: createdAt(live), last }, now);
  });
}

/** The Jobs of a system, and the ages of its backups. What only a person starts is left out. */
export function jobChecks(view: View, { objects, model }: BuiltSystem, now: Date): Promise<CheckRow[]> {
  const backups = new Set(
    model.tasks.filter(({ purpose }) => purpose === 'backup').map(({ namespace, name }) => `${namespace}/${name}`),
  );
  const rows = objects.flatMap((object): Promise<CheckRow>[] => {
    const { metadata, kind, spec } = object;
    if (kind === 'Job') return [ofSystem(view, object)];
    if (spec?.suspend === true) return [];
    if (kind === 'ScheduledBackup') return [clusterBackup(view, object, now)];
    if (kind !== 'CronJob') return [];
    const isBackup = backups.has(`${metadata.namespace}/${metadata.name}`);
    return [ofSchedule(view, object), ...(isBackup ? [backup(view, object, now)] : [])];
  });
  return Promise.all(rows);
}
