/**
 * The order in which the parts of a system are applied: each stage when the one before is healthy.
 *
 * - `foundation`: namespaces, configuration, secrets, policies: what everything else stands on
 * - `data`: database servers; a volume is in the stage of its pod, since it may wait for it
 * - `provisioning`: roles, databases and the registry
 * - `migrations`: schemas, before the pods that need them
 * - `pooling`: what the workloads connect to
 * - `workloads`
 * - `edges`: nothing is offered before it works
 */
export type Stage = 'foundation' | 'data' | 'provisioning' | 'migrations' | 'pooling' | 'workloads' | 'edges';
