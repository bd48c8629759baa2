/**
 * Something that exists in the cluster already, so that objects may refer to it: a ClusterIssuer, a StorageClass, a Secret created by
 * hand, or the pods of an operator.
 */
export interface Prerequisite {
  readonly kind: string;
  readonly name: string;
  /** @default - none: it is cluster-scoped, or for pods in any namespace */
  readonly namespace?: string | undefined;
  /** The keys of a Secret or ConfigMap. @default - any */
  readonly keys?: readonly string[];
  /** The labels of pods, Services or a Namespace. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** The port that DNS pods listen at. @default - they are other pods */
  readonly port?: number;
}

/** The name of a workload, or of pods of a prerequisite. */
export interface WorkloadName {
  readonly namespace: string;
  readonly name: string;
}

/** An address range in CIDR notation, without the ranges in `except`. */
export interface AddressRange {
  readonly cidr: string;
  readonly except?: readonly string[];
}
