/**
 * The stages in which a system is applied: each begins when the one before is healthy (Argo CD: sync waves).
 *
 * - `foundation`: namespaces, configuration, secrets, policies
 * - `data`: database servers; a volume is in the stage of its pod, since it may stay pending until the pod is scheduled
 * - `provisioning`: roles, databases and the tenant registry
 * - `migrations`: database schemas
 * - `pooling`: connection poolers
 * - `workloads`: everything else that runs
 * - `edges`: routes, so that nothing is exposed before it is ready
 * - `verification`: Jobs that check what was deployed, after everything else is healthy (Argo CD: PostSync hooks)
 */
export const STAGES = [
  'foundation',
  'data',
  'provisioning',
  'migrations',
  'pooling',
  'workloads',
  'edges',
  'verification',
] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];
