import { offersOf } from '../edge/offers';
import { labelsText } from '../labels';
import type { System } from '../system';
import type { Purpose, Task } from '../task';
import * as queries from './queries';
import { eitherName, select } from './requests';

/** critical: somebody gets up at night; warning: somebody looks in working hours. */
type Severity = 'critical' | 'warning';

/** What Prometheus rings for. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it has to hold. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

/** What an alert is of, and how bad it is. */
interface Rung extends Omit<Alert, 'labels' | 'annotations'> {
  readonly severity: Severity;
  readonly namespace: string;
  /** @default - the one that the series names */
  readonly component?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What to look at, and what to do. */
  readonly runbook: string;
}

/** Errors in answers: of 100, more than so many. Source: the seed of neuron, "Alerting". */
const MOST_ERRORS = 0.05;
const LEAST_DISK = 0.1;
const MOST_MEMORY = 0.9;

/** An ordinary run is a day after the one before; how long it takes, and then somebody is told. */
const DAY_SECONDS = 86_400;

/** cert-manager asks for another certificate long before: a third of its time, which is 15 days of Let's Encrypt's shortest. */
const CERTIFICATE_DAYS = 10;

/** Parts of the error budget of 30 days, at whose speed of use somebody is told. Source: the Site Reliability Workbook, chapter 5. */
const BURNS = [
  { rate: 14.4, long: '1h', short: '5m', severity: 'critical', for: '2m' },
  { rate: 6, long: '6h', short: '30m', severity: 'critical', for: '15m' },
  { rate: 3, long: '1d', short: '2h', severity: 'warning', for: '1h' },
  { rate: 1, long: '3d', short: '6h', severity: 'warning', for: '3h' },
] as const;

type Watched = System & { readonly monitoring: NonNullable<System['monitoring']> };

function percent(part: number): string {
  return `${Number((100 * part).toPrecision(6))} %`;
}

const logs = (namespace: string, name: string, kind = 'deployment') =>
  `kubectl -n ${namespace} logs ${kind}/${name} --all-containers --since=15m`;
const pods = (namespace: string, system: string, component: string) =>
  `kubectl -n ${namespace} get pods -l ${labelsText(system, component)} -o wide`;

function down(system: Watched): Rung[] {
  return queries.podsOf(system).map((one) => {
    const { namespace, name, kind } = one;
    const look =
      kind === 'Cluster'
        ? `kubectl -n ${namespace} get cluster ${name} and kubectl -n ${namespace} describe pods -l cnpg.io/cluster=${name}`
        : `${pods(namespace, system.name, name)}, then kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name} and ${logs(namespace, name, kind.toLowerCase())}`;
    return {
      alert: 'ServiceDown',
      expr: `${queries.ready(one)} == 0`,
      for: '2m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `No pod of ${name} is ready.`,
      runbook: `Why are they not ready: ${look}. After a release that broke it: revert the commit and apply.`,
    };
  });
}

/** Where the components are that are asked. */
function placesOf(system: Watched): string[] {
  return [...new Set(offersOf(system).map(({ namespace }) => namespace))];
}

function errors(system: Watched): Rung[] {
  return placesOf(system).map((namespace) => ({
    alert: 'ErrorRateHigh',
    expr: `${queries.errors({ namespace })} > ${MOST_ERRORS}`,
    for: '5m',
    severity: 'critical',
    namespace,
    summary: '{{ $labels.component }} answers {{ $value | humanizePercentage }} of its requests with an error.',
    runbook: `What it says: ${logs(namespace, '{{ $labels.component }}')}. Whether it began with a release: kubectl -n ${namespace} rollout history deployment/{{ $labels.component }}; if so, revert the commit and apply.`,
  }));
}

function burns(system: Watched): Rung[] {
  const { availability } = system.monitoring;
  const budget = (100 - availability) / 100;
  return placesOf(system).flatMap((namespace) =>
    BURNS.map(({ rate, long, short, severity, for: time }): Rung => {
      const most = Number((rate * budget).toPrecision(6));
      return {
        alert: 'ErrorBudgetBurn',
        expr: `${queries.errors({ namespace }, long)} > ${most} and ${queries.errors({ namespace }, short)} > ${most}`,
        for: time,
        severity,
        namespace,
        labels: { window: long },
        summary: `{{ $labels.component }} uses up its errors (${percent(budget)} of requests) ${rate} times as fast as it may: {{ $value | humanizePercentage }} in ${long}.`,
        runbook: `Which requests fail, and since when: the dashboard of ${system.name}, and ${logs(namespace, '{{ $labels.component }}')}. Nothing but mending goes out until it is over.`,
      };
    }),
  );
}

function slow(system: Watched): Rung[] {
  return offersOf(system)
    .flatMap(({ routes }) => routes.map(({ component }) => component))
    .filter((component, index, all) => all.indexOf(component) === index)
    .flatMap(({ namespace, name, p95 }): Rung[] => {
      if (p95 === undefined) return [];
      const seconds = p95.toMilliseconds() / 1000;
      return [
        {
          alert: 'LatencyHigh',
          // What takes longer than the last bucket of a histogram is told as that: at the target is over it.
          expr: `max without (quantile) (${queries.duration({ namespace }, '0.95', name)}) >= ${seconds}`,
          for: '10m',
          severity: 'warning',
          namespace,
          component: name,
          summary: `5 of 100 answers of ${name} take {{ $value | humanizeDuration }} or more, and are to take less than ${seconds} s.`,
          runbook: `Is it busy: kubectl -n ${namespace} top pods -l ${labelsText(system.name, name)} and kubectl -n ${namespace} get hpa. Is it what it asks: connections on the dashboard of ${system.name}, and ${logs(namespace, name)}.`,
        },
      ];
    });
}

function exhausted(system: Watched): Rung[] {
  return queries.poolsOf(system).map(({ namespace, name, exhausted: expr }) => ({
    alert: 'ConnectionPoolExhausted',
    expr,
    for: '2m',
    severity: 'critical',
    namespace,
    component: name,
    summary: `${name} has no free connections to its database.`,
    runbook: `Who holds them: pg_stat_activity of the server (state "idle in transaction", long queries), and ${pods(namespace, system.name, name)}. More of them is a matter of the pools' sizes and maxConnections in the environment file, which synth proves to fit.`,
  }));
}

function disks({ components, clusters }: Watched): Rung[] {
  const volumes = [
    ...components
      .filter(({ storage }) => storage !== undefined)
      .map(({ namespace, name }) => ({ namespace, name, claim: `${name}-data` })),
    ...clusters.map(({ namespace, name }) => ({ namespace, name, claim: `~${name}-[0-9]+` })),
  ];
  return volumes.map(({ namespace, name, claim }) => ({
    alert: 'DiskSpaceLow',
    expr: `${queries.diskFree(namespace, claim)} < ${LEAST_DISK}`,
    for: '10m',
    severity: 'critical',
    namespace,
    component: name,
    summary: '{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} of its space left.',
    runbook: `How large it is: kubectl -n ${namespace} get pvc {{ $labels.persistentvolumeclaim }}. A larger storage of ${name} in the environment file grows it where its class may (kubectl get storageclass, ALLOWVOLUMEEXPANSION).`,
  }));
}

function memory(system: Watched): Rung[] {
  return queries.podsOf(system).map((one) => ({
    alert: 'MemoryHigh',
    expr: `${queries.memoryUsed(one)} > ${MOST_MEMORY}`,
    for: '10m',
    severity: 'warning',
    namespace: one.namespace,
    component: one.name,
    summary: '{{ $labels.container }} in {{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory.',
    runbook: `Has it been killed before: kubectl -n ${one.namespace} describe pod {{ $labels.pod }} (OOMKilled). If it grows for ever, restart it and look for the leak; if it needs it, give ${one.name} more memory in the environment file.`,
  }));
}

function ofPurpose({ tasks }: Watched, purpose: Purpose): Task[] {
  return tasks.filter((task) => task.purpose === purpose);
}

/** Since when nothing has come of a CronJob, in seconds: its last success, or that it was made. */
function sinceSuccess({ namespace, name }: Task): string {
  const at = { namespace, cronjob: name };
  const success = select('kube_cronjob_status_last_successful_time', at);
  return `time() - max(${success} or ${select('kube_cronjob_created', at)})`;
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

function backups(system: Watched): Rung[] {
  const dumps = ofPurpose(system, 'backup').map((task): Rung => {
    // Every day, and whoever is not done by its deadline is ended.
    const most = DAY_SECONDS + task.deadline.toSeconds();
    return {
      alert: 'BackupTooOld',
      expr: `${sinceSuccess(task)} > ${most}`,
      for: '10m',
      severity: 'critical',
      namespace: task.namespace,
      component: task.name,
      summary: `The last ${task.name} that succeeded is {{ $value | humanizeDuration }} old.`,
      runbook: `Why it failed: ${cronJobs(task)}. Once mended: kubectl -n ${task.namespace} create job ${task.name}-by-hand --from=cronjob/${task.name}.`,
    };
  });
  const bases = system.clusters
    // How old one may be is known of those that are made every day.
    .filter(({ prometheus, archive }) => prometheus !== undefined && archive.schedule.endsWith(' * * *'))
    .map((cluster): Rung => {
      const { namespace, name } = cluster;
      return {
        alert: 'BackupTooOld',
        expr: `${queries.baseBackupAge(cluster)} > ${2 * DAY_SECONDS}`,
        for: '10m',
        severity: 'critical',
        namespace,
        component: name,
        summary: `The last base backup of ${name} is {{ $value | humanizeDuration }} old: a restore would replay as much of the log.`,
        runbook: `Why it failed: kubectl -n ${namespace} get scheduledbackup,backups and kubectl -n ${namespace} logs ${name}-1 --all-containers --tail=100.`,
      };
    });
  const drills = ofPurpose(system, 'restore-drill').map((task): Rung => {
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
      summary: `The last ${name} failed, or there was none: whether the dumps can be restored is not known.`,
      runbook: `What it says: ${cronJobs(task)}. Until it succeeds, hold the dumps for lost: kubectl -n ${namespace} create job ${name}-by-hand --from=cronjob/${name}.`,
    };
  });
  return [...dumps, ...bases, ...drills];
}

function certificates(system: Watched): Rung[] {
  if (system.edge.issuer === undefined) return [];
  return offersOf(system).map(({ namespace, site: { certificate: name } }): Rung => {
    const series = eitherName({ namespace })
      .map((labels) => select('certmanager_certificate_expiration_timestamp_seconds', { name }, labels))
      .join(' or ');
    return {
      alert: 'CertificateExpiring',
      expr: `max(${series}) - time() < ${CERTIFICATE_DAYS * DAY_SECONDS}`,
      for: '1h',
      severity: 'critical',
      namespace,
      labels: { certificate: name },
      summary: `The certificate ${name} ends in less than ${CERTIFICATE_DAYS} days, or was never there.`,
      runbook: `Why there is no other yet: kubectl -n ${namespace} describe certificate ${name}, then kubectl -n ${namespace} get certificaterequests,orders,challenges and kubectl describe clusterissuer ${system.edge.issuer}.`,
    };
  });
}

function autoscalers({ components }: Watched): Rung[] {
  return components
    .filter(({ scale }) => scale.max !== undefined)
    .map(({ namespace, name }): Rung => {
      const at = { namespace, horizontalpodautoscaler: `${name}-hpa` };
      const now = select('kube_horizontalpodautoscaler_status_current_replicas', at);
      const most = select('kube_horizontalpodautoscaler_spec_max_replicas', at);
      return {
        alert: 'AutoscalerAtMaximum',
        expr: `max(${now}) >= max(${most})`,
        for: '15m',
        severity: 'warning',
        namespace,
        component: name,
        summary: `${name} runs all {{ $value }} pods that it may have, and has so for 15 minutes.`,
        runbook: `What the load is: kubectl -n ${namespace} describe hpa ${name}-hpa. If it is real, a larger max of ${name}'s scale in the environment file, which synth proves to fit the database.`,
      };
    });
}

function migrations(system: Watched): Rung[] {
  return ofPurpose(system, 'migrations').map((task): Rung => {
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

/** Every alert that can ring for what the system has, and no other. Source: the seed of neuron, "Alerting". */
export function alertsOf(system: Watched): Alert[] {
  const rung = [
    ...down(system),
    ...errors(system),
    ...burns(system),
    ...slow(system),
    ...exhausted(system),
    ...disks(system),
    ...memory(system),
    ...backups(system),
    ...certificates(system),
    ...autoscalers(system),
    ...migrations(system),
  ];
  return rung.map(({ alert, expr, for: time, severity, namespace, component, labels, summary, runbook }) => ({
    alert,
    expr,
    for: time,
    labels: {
      severity,
      system: system.name,
      environment: system.environment,
      namespace,
      ...(component !== undefined && { component }),
      ...labels,
    },
    annotations: { summary, runbook },
  }));
}
