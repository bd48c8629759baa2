import type { Stage } from '../model/stage';

/** The annotation with the fingerprint of the configuration and secrets that a pod reads: when it changes, the pods restart. */
export const FINGERPRINT = 'berth.dev/config';

/** The annotation with the revision of a secret; External Secrets fetches the values again when it changes. */
export const REVISION = 'berth.dev/secret-revision';

/** Argo CD never deletes the object, even if its file or its Application is deleted. Source: Argo CD, Sync Options. */
export const NEVER_PRUNED = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/**
 * Argo CD's sync waves: each is applied when the one before is healthy. (kubectl applies files in the order of their names.)
 * Source: Argo CD, Sync Phases and Waves.
 */
const WAVES: Readonly<Record<Stage | 'reporting', number>> = {
  foundation: -5,
  data: -4,
  provisioning: -3,
  migrations: -2,
  pooling: -1,
  workloads: 0,
  edges: 1,
  // Objects that may be unhealthy without a fault of the release: autoscalers without metrics yet, CronJobs whose last run failed. Argo CD
  // does not wait for the health of the last wave; in an earlier one they would block every release.
  reporting: 1,
  // Its Jobs are hooks after all waves; what they need is in the last one.
  verification: 1,
};

/** The annotation of a stage's sync wave. None for the workloads, since 0 is the default. */
export function waveOf(stage: keyof typeof WAVES): Record<string, string> {
  return WAVES[stage] === 0 ? {} : { 'argocd.argoproj.io/sync-wave': String(WAVES[stage]) };
}

/** The annotation of a ServiceAccount that assumes an AWS role. Source: docs.aws.amazon.com, IAM roles for service accounts. */
export function roleOf(awsRole: string | undefined): Record<string, string> {
  return awsRole === undefined ? {} : { 'eks.amazonaws.com/role-arn': awsRole };
}

/** What pods are allowed that the rule on PodSecurity refuses, with the reasons. */
interface Loosened {
  readonly root?: string | undefined;
  readonly writableRoot?: string | undefined;
}

/** The annotation that leaves such pods out of that rule. */
export function exemptionOf({ root, writableRoot }: Loosened): Record<string, string> {
  const reasons = [...new Set([root, writableRoot].filter((one) => one !== undefined))];
  return reasons.length === 0 ? {} : { 'exempt.berth.dev/pod-security': reasons.join('; ') };
}
