import { Construct } from 'constructs';
import { Application, ApplicationSet } from '../../../imports/argoproj.io';
import { labelsOf } from '../labels';
import { COMPARE, RETRY, REVISIONS_KEPT, SYNC_OPTIONS } from './sync';

/** What Argo CD is told of the project as a whole: its project, its Application, its ApplicationSet. */
export const ARGO_PROJECT = 'berth';

/** Argo CD's own cluster. Source: Argo CD, Declarative Setup, Clusters. */
export const OWN_CLUSTER = 'in-cluster';

/** Where everything comes from. */
export interface GitSource {
  /** A git repository. */
  readonly repository: string;
  /** A branch or tag of it. */
  readonly revision: string;
  /** Where Argo CD runs. */
  readonly namespace: string;
}

/** The Application that is applied once: it keeps all others, and itself, as they are in git. Source: Argo CD, App of Apps. */
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

/** What cannot be in the template: labels that are no labels yet, and a field that is no text. */
const PATCH = `metadata:
  labels:
    berth.dev/environment: {{ .environment }}
    berth.dev/system: {{ .system }}
spec:
  syncPolicy:
    automated: {{ toJson .automated }}
`;

/**
 * An Application for each folder that an index names. Where one goes away so does its Application, and nothing of what it has
 * deployed: that is data. Source: Argo CD, Git Generator (Files), Application Deletion, Template Patch.
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
        // The generator's own `path`, which is that of the index, would hide the entry's.
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
