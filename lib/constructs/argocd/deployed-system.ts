/** When Argo CD may deploy. */
export interface SyncWindow {
  /** Five fields of cron: when it opens. */
  readonly schedule: string;
  /** How long it stays open, such as 8h. */
  readonly duration: string;
  readonly timeZone: string;
  /** Whether people may sync while it is closed. */
  readonly manualSync: boolean;
}

/** How Argo CD deploys to one environment. */
export interface DeploymentTarget {
  /** The cluster's name in Argo CD. */
  readonly cluster: string;
  readonly sync: 'automatic' | 'manual';
  readonly windows: readonly SyncWindow[];
}

/** What Argo CD does by itself, or null where it is told what to do. Source: Argo CD, Automated Sync Policy. */
export type Automated = { readonly prune: true; readonly selfHeal: true } | null;

export function automated({ sync }: Pick<DeploymentTarget, 'sync'>): Automated {
  return sync === 'automatic' ? { prune: true, selfHeal: true } : null;
}

/** One folder of `dist/`, as `dist/index.json` says it: all that Argo CD is told of it. Lists are sorted. */
export interface DeployedSystem {
  readonly environment: string;
  readonly system: string;
  /** Its folder, from the root of the repository. */
  readonly path: string;
  /** The cluster's name in Argo CD. */
  readonly cluster: string;
  /** The namespace of what says none: nothing does, but Argo CD asks. */
  readonly namespace: string;
  readonly namespaces: readonly string[];
  readonly automated: Automated;
  readonly windows: readonly SyncWindow[];
  /** What runs: `ghcr.io/yourorg/app:v1.2.3`. */
  readonly images: readonly string[];
  /** Objects of the whole cluster: `Namespace/shop`, `PriorityClass.scheduling.k8s.io/high`. */
  readonly clusterObjects: readonly string[];
  /** Kinds of objects in namespaces: `Service`, `Deployment.apps`. */
  readonly kinds: readonly string[];
}
