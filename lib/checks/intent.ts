import type { AddressRange, WorkloadName } from './cluster/prerequisite';

/** One connection that is meant to be possible: from pods, to pods or to addresses outside the cluster. */
export interface DeclaredConnection {
  readonly from: WorkloadName;
  readonly to: WorkloadName | { readonly addresses: readonly AddressRange[] };
  readonly port: number;
  /** @default TCP */
  readonly protocol?: 'TCP' | 'UDP';
}

/** What one variable of a container is meant to be: a value, wherever it stands, or a key of a Secret. */
export type DeclaredValue = { readonly value: string } | { readonly secret: string; readonly key: string };

/** What the pods of a workload are meant to run with. */
export interface DeclaredWorkload extends WorkloadName {
  readonly serviceAccount: string;
  /** The variables of each of its containers, by the container's name. */
  readonly env: Readonly<Record<string, Readonly<Record<string, DeclaredValue>>>>;
}

/** One host and path that is meant to be reachable from outside, and by whom. */
export interface DeclaredRoute {
  readonly host: string;
  readonly path: string;
  readonly to: WorkloadName;
  /** For nobody: the edge refuses by itself, and no pod is reached. */
  readonly audience: 'everyone' | 'nobody' | readonly string[];
  /** The class of the edge that serves it: an IngressClass, a GatewayClass, or what Traefik looks for. @default - none */
  readonly class?: string | undefined;
  /** Whose words the edge understands; what is said in others keeps nobody out. @default - any */
  readonly dialect?: 'nginx' | 'traefik' | 'envoy';
  /** Whether it is served by TLS. */
  readonly tls: boolean;
}

/** One container of a workload. */
export interface ImageUser extends WorkloadName {
  /** @default - the first */
  readonly container?: string;
}

/** A database server, or a pooler before it, and what may connect to it. */
export interface Budget {
  /** The server, as it is shown. */
  readonly server: string;
  /** Its workload. @default - it is outside the cluster, or an operator's */
  readonly pods?: WorkloadName | undefined;
  /** How many connections it takes. */
  readonly maxConnections: number;
  /** Kept for superusers and whoever else is not counted. */
  readonly reserved: number;
  readonly clients: readonly BudgetClient[];
}

/** A workload that holds connections to a server: each of its pods holds `perPod` at the most. */
export interface BudgetClient extends WorkloadName {
  readonly perPod: number;
  /** How `perPod` comes about, as it is shown: "10 tenants × (5 + 2)". */
  readonly because: string;
  /**
   * Of a pooler, what it opens beside `perPod`: a pool for each database, of as many as its own clients use at the same time, each of
   * their pods `atOnce`. @default - nothing
   */
  readonly behind?: { readonly sizes: readonly number[]; readonly atOnce: number };
}

/** What was meant, said by whoever made the objects. Rules that need it are left out where it is not known. */
export interface Intent {
  /** A developer's cluster, where values may be known to everyone and tags may move. */
  readonly development: boolean;
  readonly workloads: readonly DeclaredWorkload[];
  readonly connections: readonly DeclaredConnection[];
  readonly routes: readonly DeclaredRoute[];
  /** Containers that must run the same image. */
  readonly sameImage: readonly (readonly ImageUser[])[];
  readonly budgets: readonly Budget[];
}
