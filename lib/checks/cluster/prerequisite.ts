/**
 * Something that the cluster has already and that objects may therefore refer to: a ClusterIssuer, a StorageClass, a Secret made
 * by hand, or the pods of an operator.
 */
export interface Prerequisite {
  readonly kind: string;
  readonly name: string;
  /** None for what belongs to the whole cluster. */
  readonly namespace?: string | undefined;
  /** The keys of a Secret or ConfigMap. @default - any */
  readonly keys?: readonly string[];
  /** The labels of pods. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The cluster's DNS, which every cluster has. Source: kubernetes.io, DNS for Services and Pods. */
export const KUBE_DNS = {
  kind: 'Pod',
  namespace: 'kube-system',
  name: 'kube-dns',
  labels: { 'k8s-app': 'kube-dns' },
} as const satisfies Prerequisite;

/** Pods by the workload that makes them, or by the name that they are given under. */
export interface WorkloadName {
  readonly namespace: string;
  readonly name: string;
}

/** Address ranges, less those that are excepted. */
export interface AddressRange {
  readonly cidr: string;
  readonly except?: readonly string[];
}
