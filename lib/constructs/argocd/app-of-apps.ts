import { Construct } from 'constructs';
import { Application, ApplicationSet } from '../../../imports/argoproj.io';
import { labelsOf } from '../labels';
import { COMPARE, RETRY, REVISIONS_KEPT, SYNC_OPTIONS } from './sync';

/** The name of the AppProject, the Application and the ApplicationSet of this repository. */
export const ARGO_PROJECT = 'berth';

/** The name of the cluster that Argo CD runs in. Source: Argo CD, Declarative Setup, Clusters. */
export const OWN_CLUSTER = 'in-cluster';

/** The repository that Argo CD deploys from. */
export interface GitSource {
  /** The URL of the git repository. */
  readonly repository: string;
  /** A branch or tag. */
  readonly revision: string;
  /** The namespace of Argo CD. */
  readonly namespace: string;
}

/** The only Application that is applied by hand: it deploys all others and itself from git. Source: Argo CD, App of Apps. */
export class AppOfApps extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { repository, revision, namespace, path, exclude }: GitSource & { readonly path: string; readonly exclude: string },
  ) {
    super(scope, id);
    new Application(this, 'application', {
      metadata: { name: ARGO_PROJECT, namespace, labels: labelsOf(ARGO_PROJECT), annotations: COMPARE },
      spec: {
        project: ARGO_PROJECT,
        source: { repoUrl: repository, targetRevision: revision, path, directory: { recurse: true, exclude } },
        destination: { name: OWN_CLUSTER, namespace },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: SYNC_OPTIONS,
          retry: RETRY,
        },
        revisionHistoryLimit: REVISIONS_KEPT,
      },
    });
  }
}

/** A patch for fields that the typed template does not allow: label values with templates, and a field that is not a string. */
const PATCH = `metadata:
  labels:
    berth.dev/environment: {{ .environment }}
    berth.dev/system: {{ .system }}
spec:
  syncPolicy:
    automated: {{ toJson .automated }}
`;

/**
 * An Application for each folder that the index lists. If a folder is removed, its Application is deleted, but not the deployed objects,
 * which include data. Source: Argo CD, Git Generator (Files), Application Deletion, Template Patch.
 */
export class SystemsApplicationSet extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { repository, revision, namespace, index }: GitSource & { readonly index: string },
  ) {
    super(scope, id);
    new ApplicationSet(this, 'applicationset', {
      metadata: { name: ARGO_PROJECT, namespace, labels: labelsOf(ARGO_PROJECT) },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        // Without a prefix, the generator's `path` (of the index file) would override the `path` of the entry.
        generators: [{ git: { repoUrl: repository, revision, files: [{ path: index }], pathParamPrefix: 'index' } }],
        syncPolicy: { preserveResourcesOnDeletion: true },
        template: {
          metadata: {
            name: '{{ .system }}-{{ .environment }}',
            labels: labelsOf(ARGO_PROJECT),
            annotations: COMPARE,
          },
          spec: {
            project: '{{ .system }}',
            source: { repoUrl: repository, targetRevision: revision, path: '{{ .path }}' },
            destination: { name: '{{ .cluster }}', namespace: '{{ .namespace }}' },
            syncPolicy: { syncOptions: SYNC_OPTIONS, retry: RETRY },
            revisionHistoryLimit: REVISIONS_KEPT,
          },
        },
        templatePatch: PATCH,
      },
    });
  }
}
