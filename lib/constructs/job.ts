import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { hashOf } from '../base/hash';
import type { Placement } from '../model/kubernetes';
import type { Task } from '../model/task';
import { exemptionOf, roleOf, waveOf } from './annotations';
import { labelsOf } from './labels';
import { taskTemplate } from './pod';

/** A finished Job and its log are kept for a day. */
const KEPT_SECONDS = 86_400;

/** A run that could not start within an hour is skipped. */
const START_WITHIN_SECONDS = 3600;

/** Source: kubernetes.io, CronJob, concurrency policy. */
const OVERLAPS = { forbid: 'Forbid', allow: 'Allow', replace: 'Replace' };

/** As a hook, Argo CD runs the Job at each sync, and does not report it as missing after Kubernetes removed it. */
function hookOf({ stage }: Task): Record<string, string> {
  return {
    'argocd.argoproj.io/hook': stage === 'verification' ? 'PostSync' : 'Sync',
    'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
  };
}

function specOf(task: Task, placement: Placement): k8s.JobSpec {
  return {
    backoffLimit: task.retries,
    activeDeadlineSeconds: task.deadline.toSeconds(),
    template: taskTemplate(task, placement),
  };
}

/** How many finished Jobs are kept. A pod keeps its claims as long as it exists, so of those with one only the last failed one is kept. */
function historyOf({ init, containers, schedule }: Task) {
  const claims = [...init, ...containers].some(({ scratch }) => scratch.some(({ claim }) => claim !== undefined));
  return claims
    ? { successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 1 }
    : { successfulJobsHistoryLimit: schedule?.keep ?? 3, failedJobsHistoryLimit: schedule?.keep ?? 3 };
}

/** The name of a task's Job or CronJob. The template of a Job is immutable, so a Job with new content gets a new name. */
export function jobName(task: Task, placement: Placement): string {
  return task.schedule === undefined ? `${task.name}-${hashOf(specOf(task, placement), 10)}` : task.name;
}

/** The objects of one task: a ServiceAccount, and a Job or CronJob. Source: kubernetes.io, Jobs, CronJob; Argo CD, Resource Hooks. */
export class Job extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { task, placement }: { readonly task: Task; readonly placement: Placement },
  ) {
    super(scope, id);
    const { namespace, system, name, schedule, stage, awsRole } = task;
    const labels = labelsOf(system, name);
    const spec = specOf(task, placement);
    new k8s.KubeServiceAccount(this, 'serviceaccount', {
      metadata: {
        ...{ namespace, name, labels },
        annotations: { ...waveOf(stage), ...roleOf(awsRole) },
      },
      automountServiceAccountToken: false,
    });
    if (schedule === undefined) {
      new k8s.KubeJob(this, 'job', {
        metadata: {
          namespace,
          name: jobName(task, placement),
          labels,
          annotations: { ...hookOf(task), ...waveOf(stage), ...exemptionOf(task) },
        },
        spec: { ...spec, ttlSecondsAfterFinished: KEPT_SECONDS },
      });
    } else {
      new k8s.KubeCronJob(this, 'cronjob', {
        metadata: { namespace, name, labels, annotations: { ...waveOf('reporting'), ...exemptionOf(task) } },
        spec: {
          schedule: schedule.cron,
          timeZone: schedule.timeZone ?? 'Etc/UTC',
          concurrencyPolicy: OVERLAPS[schedule.overlap ?? 'forbid'],
          startingDeadlineSeconds: schedule.startWithin?.toSeconds() ?? START_WITHIN_SECONDS,
          ...historyOf(task),
          ...(schedule.suspended && { suspend: true }),
          jobTemplate: { spec },
        },
      });
    }
  }
}
