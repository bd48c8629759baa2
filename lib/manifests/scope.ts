import type { ManifestObject } from './object';

/** Cluster-scoped kinds of Kubernetes, and of operators those that have no "Cluster" in their names. */
const CLUSTER_KINDS = new Set(
  `APIService CSIDriver CSINode CertificateSigningRequest CustomResourceDefinition FlowSchema MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityLevelConfiguration StorageVersion
  ServiceCIDR IPAddress ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment
  DeviceTaintRule ResourceSlice TalosConfig GlobalNetworkPolicy GlobalNetworkSet AdminNetworkPolicy BaselineAdminNetworkPolicy`.split(
    /\s+/,
  ),
);

/** Kinds with "Cluster" in their names that belong to a namespace. */
const NAMESPACED = new Set([
  'Cluster',
  'ClusterServiceVersion',
  'ClusterClass',
  'ClusterResourceSet',
  'RabbitmqCluster',
]);

/**
 * Whether a kind is cluster-scoped. Operators have "Cluster" in the names of such kinds, as in AWSPCAClusterIssuer, but the kind
 * Cluster itself, such as of databases, has a namespace. Classes belong to the cluster.
 */
export function isClusterKind(kind: string): boolean {
  return (
    CLUSTER_KINDS.has(kind) || (!NAMESPACED.has(kind) && (kind.includes('Cluster') || /^[A-Z]\w*Class$/.test(kind)))
  );
}

/** The kinds that the CustomResourceDefinitions among some objects declare, by whether they are cluster-scoped. */
export function declaredScopes(objects: readonly ManifestObject[]): ReadonlyMap<string, boolean> {
  return new Map(
    objects.flatMap(({ kind, spec }) =>
      kind === 'CustomResourceDefinition' && typeof spec?.names?.kind === 'string'
        ? [[spec.names.kind as string, spec.scope === 'Cluster'] as const]
        : [],
    ),
  );
}
