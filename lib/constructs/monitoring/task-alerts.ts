import type { Ages, Purpose, Task } from '../../model/task';
import { type AlertRule, DAY_SECONDS, type MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import { select } from './requests';

function ofPurpose({ tasks }: MonitoredSystem, purpose: Purpose): Task[] {
  return tasks.filter((task) => task.purpose === purpose);
}

/** Seconds since the last success of a CronJob, or since its creation if it never succeeded; the Unix time if it does not exist. */
function sinceSuccess({ namespace, name }: Task): string {
  const at = { namespace, cronjob: name };
  const success = select('kube_cronjob_status_last_successful_time', at);
  return `time() - ${queries.orZero(`max(${success} or ${select('kube_cronjob_created', at)})`)}`;
}

/** Whether a Job failed that was started after the last successful one. */
function failedSince({ namespace }: Task, names: string, success: string): string {
  const jobs = { namespace, job_name: names };
  const failed = `${select('kube_job_failed', jobs, { condition: 'true' })} == 1`;
  const started = `max(${select('kube_job_status_start_time', jobs)} and on (namespace, job_name) (${failed}))`;
  return `${started} > (max(${success}) or vector(0))`;
}

const cronJobs = ({ namespace, name }: Task) =>
  `kubectl -n ${namespace} get cronjob ${name} and kubectl -n ${namespace} get jobs -l component=${name}, then kubectl -n ${namespace} logs -l component=${name} --all-containers --tail=100`;

/** The seconds since a task's last success that are no alert. */
function oldest({ deadline, maxAge }: Task): number {
  return maxAge?.toSeconds() ?? DAY_SECONDS + deadline.toSeconds();
}

function backups(system: MonitoredSystem): AlertRule[] {
  const dumps = ofPurpose(system, 'backup').map(
    (task): AlertRule => ({
      alert: 'BackupTooOld',
      expr: `${sinceSuccess(task)} > ${oldest(task)}`,
      for: '10m',
      severity: 'critical',
      namespace: task.namespace,
      component: task.name,
      summary: `The last ${task.name} in which nothing failed is {{ $value | humanizeDuration }} old (decades: its CronJob does not exist).`,
      runbook: `Check what failed, and why: ${cronJobs(task)}. The log names it; all else was dumped. After the fix: kubectl -n ${task.namespace} create job ${task.name}-by-hand --from=cronjob/${task.name}.`,
    }),
  );
  const bases = system.clusters
    // The largest age is only known for daily schedules.
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
        summary: `The last base backup of ${name} is {{ $value | humanizeDuration }} old, so a restore would replay that much of the log (decades: there is none, or Prometheus does not scrape ${name}).`,
        runbook: `Check why it failed: kubectl -n ${namespace} get scheduledbackup,backups and kubectl -n ${namespace} logs ${name}-1 --all-containers --tail=100.`,
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
      expr: `${failed} or ${sinceSuccess(task)} > ${oldest(task)}`,
      for: '5m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `The last ${name} failed or did not run, or its CronJob does not exist: it is unknown whether the backups can be restored.`,
      runbook: `Check the logs: ${cronJobs(task)}. Do not rely on the backups until it succeeds. After the fix: kubectl -n ${namespace} create job ${name}-by-hand --from=cronjob/${name}.`,
    };
  });
  const databases = system.tasks.flatMap((task) => (task.ages === undefined ? [] : ages(task, task.ages)));
  return [...dumps, ...databases, ...bases, ...drills];
}

/** By database, since the CronJob has no success for as long as one of them fails. */
function ages(task: Task, { task: label, servers }: Ages): AlertRule[] {
  const { namespace, name } = task;
  const metric = 'berth_backup_last_success_timestamp_seconds';
  const most = oldest(task);
  const newest = `max by (server, database) (${select(metric, { task: label, server: `~${servers.join('|')}` })})`;
  return [
    {
      alert: 'DatabaseBackupTooOld',
      expr: `time() - ${newest} > ${most}`,
      for: '10m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `The last dump of {{ $labels.server }}{{ if $labels.database }}/{{ $labels.database }}{{ else }}: roles{{ end }} is {{ $value | humanizeDuration }} old (decades: there is none).`,
      runbook: `The log names it, and says why: ${cronJobs(task)}. After the fix: kubectl -n ${namespace} create job ${name}-by-hand --from=cronjob/${name}.`,
    },
    {
      alert: 'DatabaseBackupsUnknown',
      expr: servers.map((server) => `absent(${select(metric, { task: label, server })})`).join(' or '),
      // A new backup has told nothing before its first night, nor has a Pushgateway without a volume after it has restarted.
      for: `${most}s`,
      severity: 'warning',
      namespace,
      component: name,
      summary: `Prometheus does not know when the databases of server {{ $labels.server }} were last dumped: one that can no longer be dumped is not told of by name.`,
      runbook: `Check that Prometheus scrapes the Pushgateway, and that ${name} reaches the server and the Pushgateway: ${cronJobs(task)}.`,
    },
  ];
}

function migrations(system: MonitoredSystem): AlertRule[] {
  return ofPurpose(system, 'migrations').map((task): AlertRule => {
    const { namespace, name } = task;
    // The name of the Job ends with a hash, which changes with every image.
    const jobs = `~${name}-[0-9a-f]+`;
    return {
      alert: 'MigrationFailed',
      expr: failedSince(task, jobs, select('kube_job_status_completion_time', { namespace, job_name: jobs })),
      for: '0m',
      severity: 'critical',
      namespace,
      component: name,
      summary: 'The migrations failed: databases may have the schema of the previous release.',
      runbook: `Check which database failed, and why: kubectl -n ${namespace} logs -l component=${name} --all-containers --tail=-1. After the fix: kubectl -n ${namespace} delete jobs -l component=${name} and apply again.`,
    };
  });
}

/** The alerts of tasks: backups, restore drills and migrations. */
export function taskAlerts(system: MonitoredSystem): AlertRule[] {
  return [...backups(system), ...migrations(system)];
}
