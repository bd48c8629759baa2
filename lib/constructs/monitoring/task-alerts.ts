import type { Purpose, Task } from '../../model/task';
import { type AlertRule, DAY_SECONDS, type MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import { select } from './requests';

function ofPurpose({ tasks }: MonitoredSystem, purpose: Purpose): Task[] {
  return tasks.filter((task) => task.purpose === purpose);
}

/** Since when nothing has come of a CronJob, in seconds: its last success, or that it was made; where it is gone, since ever. */
function sinceSuccess({ namespace, name }: Task): string {
  const at = { namespace, cronjob: name };
  const success = select('kube_cronjob_status_last_successful_time', at);
  return `time() - ${queries.orGone(`max(${success} or ${select('kube_cronjob_created', at)})`)}`;
}

/** Jobs that failed, and were begun after the last one that succeeded. */
function failedSince({ namespace }: Task, names: string, success: string): string {
  const jobs = { namespace, job_name: names };
  const failed = `${select('kube_job_failed', jobs, { condition: 'true' })} == 1`;
  const begun = `max(${select('kube_job_status_start_time', jobs)} and on (namespace, job_name) (${failed}))`;
  return `${begun} > (max(${success}) or vector(0))`;
}

const cronJobs = ({ namespace, name }: Task) =>
  `kubectl -n ${namespace} get cronjob ${name} and kubectl -n ${namespace} get jobs -l component=${name}, then kubectl -n ${namespace} logs -l component=${name} --all-containers --tail=100`;

function backups(system: MonitoredSystem): AlertRule[] {
  const dumps = ofPurpose(system, 'backup').map((task): AlertRule => {
    // Every day, and whoever is not done by its deadline is ended.
    const most = DAY_SECONDS + task.deadline.toSeconds();
    return {
      alert: 'BackupTooOld',
      expr: `${sinceSuccess(task)} > ${most}`,
      for: '10m',
      severity: 'critical',
      namespace: task.namespace,
      component: task.name,
      summary: `The last ${task.name} that succeeded is {{ $value | humanizeDuration }} old; of decades: its CronJob is gone.`,
      runbook: `Why it failed: ${cronJobs(task)}. Once mended: kubectl -n ${task.namespace} create job ${task.name}-by-hand --from=cronjob/${task.name}.`,
    };
  });
  const bases = system.clusters
    // How old one may be is known of those that are made every day.
    .filter(({ prometheus, archive }) => prometheus !== undefined && archive.schedule.endsWith(' * * *'))
    .map((cluster): AlertRule => {
      const { namespace, name } = cluster;
      return {
        alert: 'BackupTooOld',
        expr: `${queries.baseBackupAge(cluster)} > ${2 * DAY_SECONDS}`,
        for: '10m',
        severity: 'critical',
        namespace,
        component: name,
        summary: `The last base backup of ${name} is {{ $value | humanizeDuration }} old: a restore would replay as much of the log. Of decades: there is none, or Prometheus does not read ${name}.`,
        runbook: `Why it failed: kubectl -n ${namespace} get scheduledbackup,backups and kubectl -n ${namespace} logs ${name}-1 --all-containers --tail=100.`,
      };
    });
  const drills = ofPurpose(system, 'restore-drill').map((task): AlertRule => {
    const { namespace, name } = task;
    const failed = failedSince(
      task,
      `~${name}-[0-9]+`,
      select('kube_cronjob_status_last_successful_time', { namespace, cronjob: name }),
    );
    return {
      alert: 'RestoreDrillFailed',
      expr: `${failed} or ${sinceSuccess(task)} > ${DAY_SECONDS + task.deadline.toSeconds()}`,
      for: '5m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `The last ${name} failed, or there was none, or its CronJob is gone: whether the dumps can be restored is not known.`,
      runbook: `What it says: ${cronJobs(task)}. Until it succeeds, hold the dumps for lost: kubectl -n ${namespace} create job ${name}-by-hand --from=cronjob/${name}.`,
    };
  });
  return [...dumps, ...bases, ...drills];
}

function migrations(system: MonitoredSystem): AlertRule[] {
  return ofPurpose(system, 'migrations').map((task): AlertRule => {
    const { namespace, name } = task;
    // Each content is another Job; which one it is now changes with every image.
    const jobs = `~${name}-[0-9a-f]+`;
    return {
      alert: 'MigrationFailed',
      expr: failedSince(task, jobs, select('kube_job_status_completion_time', { namespace, job_name: jobs })),
      for: '0m',
      severity: 'critical',
      namespace,
      component: name,
      summary: 'The migrations failed: databases may be of the release before.',
      runbook: `Which database, and why: kubectl -n ${namespace} logs -l component=${name} --all-containers --tail=-1. Once mended: kubectl -n ${namespace} delete jobs -l component=${name} and apply again.`,
    };
  });
}

/** Alerts of what runs to its end: backups, drills, migrations. */
export function taskAlerts(system: MonitoredSystem): AlertRule[] {
  return [...backups(system), ...migrations(system)];
}
