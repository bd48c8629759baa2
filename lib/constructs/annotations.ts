import type { Stage } from '../model/stage';

/** The fingerprint of the configuration and secrets that a pod reads: when it changes, the pods roll. */
export const FINGERPRINT = 'berth.dev/config';

/** The revision of a secret at its source. */
export const REVISION = 'berth.dev/secret-revision';

/** Argo CD must not delete it, whatever becomes of its file or of its Application. Source: Argo CD, Sync Options. */
export const NEVER_PRUNED = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/**
 * Argo CD's sync waves, each applied when the one before is healthy. kubectl goes by file names instead.
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
  // What says how things went: autoscalers without metrics yet, CronJobs whose last run failed. Argo CD waits for the health of
  // all waves but the last, and such a one in an earlier wave would hold up each release.
  reporting: 1,
};

/** The annotation of a stage's wave; that of the workloads goes without saying. */
export function waveOf(stage: keyof typeof WAVES): Record<string, string> {
  return WAVES[stage] === 0 ? {} : { 'argocd.argoproj.io/sync-wave': String(WAVES[stage]) };
}
