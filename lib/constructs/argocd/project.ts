import { Construct } from 'constructs';
import { AppProject } from '../../../imports/argoproj.io';
import { NEVER_PRUNED } from '../annotations';
import { labelsOf } from '../labels';
import { ARGO_PROJECT } from './app-of-apps';
import type { SyncWindow } from './deployed-system';

/** A namespace of a cluster, as a target of deployments. */
export interface ArgoCdDestination {
  /** The name of the cluster in Argo CD. */
  readonly cluster: string;
  readonly namespace: string;
}

/** The permissions of an AppProject's Applications. */
export interface ProjectProps {
  readonly name: string;
  /** The namespace of Argo CD. */
  readonly namespace: string;
  readonly description: string;
  /** The URLs of allowed repositories. */
  readonly repositories: readonly string[];
  /** The allowed namespaces. */
  readonly destinations: readonly ArgoCdDestination[];
  /** Allowed cluster-scoped objects (`Namespace/shop`) and kinds (`ClusterRole.rbac.authorization.k8s.io`). */
  readonly clusterObjects: readonly string[];
  /** Allowed kinds of namespaced objects: `Deployment.apps`. */
  readonly kinds: readonly string[];
  /** Applications that may only be synced in a window. @default - any time */
  readonly windows?: readonly (SyncWindow & { readonly application: string })[];
}

/** Parses `Deployment.apps`, `Namespace/shop` and the like. */
function groupKind(text: string): { group: string; kind: string; name?: string } {
  const [whole = '', name] = text.split('/');
  const [kind = '', ...group] = whole.split('.');
  return { group: group.join('.'), kind, ...(name !== undefined && { name }) };
}

/** An AppProject: its Applications may do what the props allow, and nothing else. Source: Argo CD, Projects. */
export class Project extends Construct {
  constructor(scope: Construct, id: string, props: ProjectProps) {
    super(scope, id);
    new AppProject(this, 'project', {
      metadata: {
        name: props.name,
        namespace: props.namespace,
        labels: labelsOf(ARGO_PROJECT),
        // Without its project an Application can be neither viewed nor repaired.
        annotations: { ...NEVER_PRUNED },
      },
      spec: {
        description: props.description,
        sourceRepos: [...props.repositories],
        destinations: props.destinations.map(({ cluster, namespace }) => ({ name: cluster, namespace })),
        clusterResourceWhitelist: props.clusterObjects.map(groupKind),
        // Argo CD treats an empty whitelist like a missing one, which allows everything.
        ...(props.kinds.length > 0
          ? { namespaceResourceWhitelist: props.kinds.map(groupKind) }
          : { namespaceResourceBlacklist: [{ group: '*', kind: '*' }] }),
        ...(props.windows !== undefined &&
          props.windows.length > 0 && {
            syncWindows: props.windows.map(({ application, ...window }) => ({
              kind: 'allow',
              ...window,
              applications: [application],
            })),
          }),
      },
    });
  }
}
