/** The fingerprint of the configuration and secrets that a pod reads: when it changes, the pods roll. */
export const FINGERPRINT = 'berth.dev/config';

/** The revision of a secret at its source. */
export const REVISION = 'berth.dev/secret-revision';

/** Argo CD must not delete it, whatever becomes of its file or of its Application. Source: Argo CD, Sync Options. */
export const KEEP = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/**
 * The order in which Argo CD applies, each wave when the one before is healthy. kubectl goes by file names instead.
 * Source: Argo CD, Sync Phases and Waves.
 */
export const WAVES = {
  /** Namespaces, configuration, secrets, policies: what everything else stands on. */
  foundation: -5,
  /** Database servers. A volume is in the wave of its pod, since it may wait for it. */
  data: -4,
  /** Roles, databases and the registry. */
  provisioning: -3,
  /** Schemas, before the pods that need them. */
  migrations: -2,
  /** What the workloads connect to. */
  pooling: -1,
  workloads: 0,
  /** Nothing is offered before it works. */
  edges: 1,
  /**
   * What says how things went: autoscalers without metrics yet, CronJobs whose last run failed. Argo CD waits for the health of
   * all waves but the last, and such a one in an earlier wave would hold up each release.
   */
  reporting: 1,
} as const;

/** The annotation of a wave; the middle one goes without saying. */
export function waveOf(wave: number): Record<string, string> {
  return wave === WAVES.workloads ? {} : { 'argocd.argoproj.io/sync-wave': String(wave) };
}
