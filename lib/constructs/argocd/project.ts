import { Construct } from 'constructs';
import { AppProject } from '../../../imports/argoproj.io';
import { NEVER_PRUNED } from '../annotations';
import { labelsOf } from '../labels';
import { ARGO_PROJECT } from './app-of-apps';
import type { SyncWindow } from './deployed-system';

/** A namespace of a cluster. */
export interface ArgoCdDestination {
  /** The cluster's name in Argo CD. */
  readonly cluster: string;
  readonly namespace: string;
}

/** What Applications of a project may do, and no other may. */
export interface ProjectProps {
  readonly name: string;
  /** Where Argo CD runs. */
  readonly namespace: string;
  readonly description: string;
  readonly repositories: readonly string[];
  readonly destinations: readonly ArgoCdDestination[];
  /** Objects of the whole cluster, as `Namespace/shop`; kinds of them, as `ClusterRole.rbac.authorization.k8s.io`. */
  readonly clusterObjects: readonly string[];
  /** Kinds of objects in namespaces, as `Deployment.apps`. */
  readonly kinds: readonly string[];
  /** The only times at which some Applications may be synced. @default - always */
  readonly windows?: readonly (SyncWindow & { readonly application: string })[];
}

/** Of `Deployment.apps`, `Namespace/shop` and the like. */
function groupKind(text: string): { group: string; kind: string; name?: string } {
  const [whole = '', name] = text.split('/');
  const [kind = '', ...group] = whole.split('.');
  return { group: group.join('.'), kind, ...(name !== undefined && { name }) };
}

/** What Applications of a project may do: nothing but what is said. Source: Argo CD, Projects. */
export class Project extends Construct {
  constructor(scope: Construct, id: string, props: ProjectProps) {
    super(scope, id);
    new AppProject(this, 'project', {
      metadata: {
        name: props.name,
        namespace: props.namespace,
        labels: labelsOf(ARGO_PROJECT),
        // Without its project nothing of an Application can be seen or mended.
        annotations: { ...NEVER_PRUNED },
      },
      spec: {
        description: props.description,
        sourceRepos: [...props.repositories],
        destinations: props.destinations.map(({ cluster, namespace }) => ({ name: cluster, namespace })),
        clusterResourceWhitelist: props.clusterObjects.map(groupKind),
        // An empty list of what is allowed would be taken for none, which allows everything.
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
