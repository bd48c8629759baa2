/** A time window in which Argo CD may deploy. Source: Argo CD, Sync Windows. */
export interface SyncWindow {
  /** The start of the window: five cron fields. */
  readonly schedule: string;
  /** The length of the window, such as `8h`. */
  readonly duration: string;
  /** An IANA time zone, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Whether a manual sync is allowed outside the window. */
  readonly manualSync: boolean;
}

/** How Argo CD deploys to one environment. */
export interface DeploymentTarget {
  /** The name of the cluster in Argo CD. */
  readonly cluster: string;
  /** Whether Argo CD syncs by itself, or a person starts each sync. */
  readonly sync: 'automatic' | 'manual';
  /** The only times at which Argo CD may sync. Empty: any time. */
  readonly windows: readonly SyncWindow[];
}

/** The automated sync policy, or null if a person starts each sync. Source: Argo CD, Automated Sync Policy. */
export type Automated = { readonly prune: true; readonly selfHeal: true } | null;

/** The automated sync policy of an environment. */
export function automated({ sync }: Pick<DeploymentTarget, 'sync'>): Automated {
  return sync === 'automatic' ? { prune: true, selfHeal: true } : null;
}

/** An entry of `dist/index.json`: one folder of `dist/` and how Argo CD deploys it. All lists are sorted. */
export interface DeployedSystem {
  readonly environment: string;
  readonly system: string;
  /** The folder, relative to the root of the repository. */
  readonly path: string;
  /** The name of the cluster in Argo CD. */
  readonly cluster: string;
  /** The namespace of objects without one. There are none, but Argo CD requires the field. */
  readonly namespace: string;
  readonly namespaces: readonly string[];
  readonly automated: Automated;
  readonly windows: readonly SyncWindow[];
  /** The images of all containers: `ghcr.io/yourorg/app:v1.2.3`. */
  readonly images: readonly string[];
  /** Cluster-scoped objects: `Namespace/shop`, `PriorityClass.scheduling.k8s.io/high`. */
  readonly clusterObjects: readonly string[];
  /** Kinds of namespaced objects: `Service`, `Deployment.apps`. */
  readonly kinds: readonly string[];
}
