import type { ManifestObject } from '../manifests/object';
import type { AddressRange, WorkloadName } from './cluster/prerequisite';

/** An intended connection: from pods to pods, or to addresses outside the cluster. */
export interface DeclaredConnection {
  readonly from: WorkloadName;
  readonly to: WorkloadName | { readonly addresses: readonly AddressRange[] };
  /** The port of the target. */
  readonly port: number;
  /** @default TCP */
  readonly protocol?: 'TCP' | 'UDP';
}

/** The intended value of a variable: a text, set directly or by a ConfigMap, or a key of a Secret. */
export type DeclaredValue =
  | { readonly value: string }
  | { readonly secret: string; readonly key: string }
  /** A field of the pod, or a limit of the container: `metadata.name`, `limits.memory`. */
  | { readonly field: string };

/** The intended ServiceAccount and variables of a workload. */
export interface DeclaredWorkload extends WorkloadName {
  readonly serviceAccount: string;
  /** The variables of its containers, by the names of container and variable. */
  readonly env: Readonly<Record<string, Readonly<Record<string, DeclaredValue>>>>;
}

/** A host and path that is intended to be reachable from outside. */
export interface DeclaredRoute {
  readonly host: string;
  readonly path: string;
  readonly to: WorkloadName;
  /** The clients: all, address ranges, or none, so that the edge refuses all requests. */
  readonly audience: 'everyone' | 'nobody' | readonly string[];
  /** The class of the edge that serves it: an IngressClass, a GatewayClass, or Traefik's ingress class. @default - none */
  readonly class?: string | undefined;
  /** The dialect of allowlists that the edge supports; it ignores others. @default - any */
  readonly dialect?: 'nginx' | 'traefik' | 'envoy';
  /** Whether it is served with TLS. */
  readonly tls: boolean;
}

/** A host that is intended to redirect to another one. */
export interface DeclaredRedirect {
  readonly host: string;
  readonly to: string;
  /** A workload that the other host exposes. */
  readonly workload: WorkloadName;
}

/** A container of a workload. */
export interface ImageUser extends WorkloadName {
  /** The name of the container. @default - the first container */
  readonly container?: string;
}

/** The connection budget of a database server or a pooler. */
export interface Budget {
  /** The name of the server in messages. */
  readonly server: string;
  /** Its workload. @default - none: it is outside the cluster, or created by an operator */
  readonly pods?: WorkloadName | undefined;
  /** The most connections that it accepts. */
  readonly maxConnections: number;
  /** The connections reserved for superusers and other clients that are not counted. */
  readonly reserved: number;
  readonly clients: readonly BudgetClient[];
  /** The setting of `maxConnections`. @default - none */
  readonly setting?: string | undefined;
  /** The setting that puts a pooler before the server. @default - there is one, or none can be set */
  readonly pooler?: string | undefined;
}

/** A workload that connects to a server. */
export interface BudgetClient extends WorkloadName {
  /** The most connections of each pod. */
  readonly perPod: number;
  /** The calculation of `perPod` in messages: "10 tenants × (5 + 2)". */
  readonly because: string;
  /** The setting of `perPod`. @default - none alone */
  readonly setting?: string | undefined;
  /** For a client of a pooler, whether it uses none of its databases. @default false */
  readonly console?: boolean;
  /**
   * For a pooler, its further connections: `sizes` are the pool sizes of its databases, in connections, and `atOnce` is the number of
   * databases that each pod of its clients uses at the same time. @default - it is not a pooler
   */
  readonly behind?: { readonly sizes: readonly number[]; readonly atOnce: number };
}

/** A node pool that pods have to fit on. */
export interface DeclaredPool {
  readonly name: string;
  /** The most nodes that it has. */
  readonly most: number;
  /** The zones that they are spread over. @default - not known */
  readonly zones?: readonly string[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Keys of taints with the effect NoSchedule. */
  readonly taints: readonly string[];
  /** What each node has for pods: cores, bytes of memory, devices, and the number of `pods`. */
  readonly room: Readonly<Record<string, number>>;
}

/** The intended behaviour of objects, stated by their author. Rules that need it are skipped without it. */
export interface Intent {
  /** Whether this is a developer's cluster, where well-known secrets and mutable tags are allowed. */
  readonly development: boolean;
  readonly workloads: readonly DeclaredWorkload[];
  readonly connections: readonly DeclaredConnection[];
  readonly routes: readonly DeclaredRoute[];
  readonly redirects: readonly DeclaredRedirect[];
  /** Groups of containers that must run the same image. */
  readonly sameImage: readonly (readonly ImageUser[])[];
  readonly budgets: readonly Budget[];
  /** All objects that the author's description makes. @default - unknown */
  readonly objects?: readonly ManifestObject[];
  /** The node pools of the cluster. @default - not known: room is not checked */
  readonly pools?: readonly DeclaredPool[] | undefined;
}
