import { longestGap } from '../../base/schedule';
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

/** The start times of the failed Jobs of a task. */
function failedJobs({ namespace }: Task, names: string): string {
  const jobs = { namespace, job_name: names };
  const failed = `${select('kube_job_failed', jobs, { condition: 'true' })} == 1`;
  return `${select('kube_job_status_start_time', jobs)} and on (namespace, job_name) (${failed})`;
}

/** How long a Job that was deleted is remembered: kube-state-metrics has no series of it, and Prometheus keeps 15 days by default. */
const REMEMBERED = '14d';

/**
 * Whether a Job failed that was started after the last successful one, also where both are deleted: Kubernetes deletes a finished Job after
 * a day, and Argo CD the last one at each sync. The hash at the end of its name changes with its content.
 */
function failedUntilSuccess(task: Task): string {
  const names = `~${task.name}-[0-9a-f]+`;
  const failed = failedJobs(task, names);
  const success = select('kube_job_status_completion_time', { namespace: task.namespace, job_name: names });
  const last = `max((${failed}) or max_over_time((${failed})[${REMEMBERED}:5m]))`;
  return `${last} > (max(max_over_time(${success}[${REMEMBERED}])) or vector(0))`;
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
  const drills = ofPurpose(system, 'restore-drill').map((task): AlertRule => {
    const { namespace, name } = task;
    const success = select('kube_cronjob_status_last_successful_time', { namespace, cronjob: name });
    const failed = `max(${failedJobs(task, `~${name}-[0-9]+`)}) > (max(${success}) or vector(0))`;
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
  return [...dumps, ...databases, ...drills];
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

/** How long finished segments of the write-ahead log may wait for the archive: CloudNativePG's archive_timeout is 5 minutes. */
const ARCHIVE_SECONDS = 900;

function archives({ clusters }: MonitoredSystem): AlertRule[] {
  return clusters
    .filter(({ prometheus }) => prometheus !== undefined)
    .flatMap((cluster): AlertRule[] => {
      const { namespace, name } = cluster;
      const at = { severity: 'critical', for: '10m', namespace, component: name } as const;
      const logs = `kubectl -n ${namespace} logs -l cnpg.io/cluster=${name} --all-containers --tail=100`;
      return [
        {
          ...at,
          alert: 'BackupTooOld',
          expr: `${queries.baseBackupAge(cluster)} > ${(longestGap(cluster.archive.schedule) + 1) * DAY_SECONDS}`,
          summary: `The last base backup of ${name} is {{ $value | humanizeDuration }} old, so a restore would replay that much of the log (decades: there is none, or Prometheus does not scrape ${name}).`,
          runbook: `Check why it failed: kubectl -n ${namespace} get scheduledbackup,backups and kubectl -n ${namespace} logs ${name}-1 --all-containers --tail=100.`,
        },
        {
          ...at,
          alert: 'WalArchivingStalled',
          expr: `max(${queries.archiveWait(cluster)}) > ${ARCHIVE_SECONDS}`,
          summary: `Segments of the write-ahead log of ${name} wait, and the last one was archived {{ $value | humanizeDuration }} ago (decades: never): what was written since then cannot be restored, and the volume fills up.`,
          runbook: `Check why: ${logs} and kubectl -n ${namespace} get cluster ${name} -o jsonpath='{.status.conditions}'. Common causes: the store refuses the key, its bucket does not exist or is full, or a policy blocks the connection. PostgreSQL tries again by itself; check the free space of the volume until it has caught up.`,
        },
      ];
    });
}

const rerun = ({ namespace, name }: Task) =>
  `kubectl -n ${namespace} logs -l component=${name} --all-containers --tail=-1 (a day after the failure the Job is deleted: then search the stored logs). After the fix: kubectl -n ${namespace} delete jobs -l component=${name} and apply again; the alert ends when a Job succeeds.`;

function migrations(system: MonitoredSystem): AlertRule[] {
  return ofPurpose(system, 'migrations').map(
    (task): AlertRule => ({
      alert: 'MigrationFailed',
      expr: failedUntilSuccess(task),
      for: '0m',
      severity: 'critical',
      namespace: task.namespace,
      component: task.name,
      summary:
        'The migrations failed, and none has succeeded since: databases may have the schema of the previous release.',
      runbook: `Check which database failed, and why: ${rerun(task)}`,
    }),
  );
}

function provisioning(system: MonitoredSystem): AlertRule[] {
  return ofPurpose(system, 'provisioning').map(
    (task): AlertRule => ({
      alert: 'ProvisioningFailed',
      expr: failedUntilSuccess(task),
      for: '0m',
      severity: 'critical',
      namespace: task.namespace,
      component: task.name,
      summary: 'Provisioning failed, and has not succeeded since: roles, databases or passwords are not as described.',
      runbook: `Check which server, role or database failed, and why: ${rerun(task)}`,
    }),
  );
}

/** The alerts of tasks: backups, restore drills, provisioning and migrations. */
export function taskAlerts(system: MonitoredSystem): AlertRule[] {
  return [...backups(system), ...archives(system), ...provisioning(system), ...migrations(system)];
}
