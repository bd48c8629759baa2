import { Construct } from 'constructs';
import { Application } from '../../../imports/argoproj.io';
import { labelsOf } from '../labels';
import { ARGO_PROJECT } from './app-of-apps';
import type { Automated } from './deployed-system';
import type { ArgoCdDestination } from './project';
import { COMPARE, RETRY, REVISIONS_KEPT, SYNC_OPTIONS } from './sync';

/** A release of a Helm chart. */
export interface HelmProps {
  /** The name of the Application. */
  readonly name: string;
  /** The namespace of Argo CD. */
  readonly namespace: string;
  /** The name of the AppProject. */
  readonly project: string;
  /** The URL of the chart repository. */
  readonly repository: string;
  /** The name of the chart. */
  readonly chart: string;
  readonly version: string;
  /** The name of the release, with which the names of its objects begin. */
  readonly release: string;
  /** The values of the chart. */
  readonly values: object;
  readonly destination: ArgoCdDestination;
  readonly automated: Automated;
}

/** Pods that monitor nodes need host access, which "restricted" forbids. Source: kubernetes.io, Pod Security Standards. */
const NAMESPACE_LABELS = { 'pod-security.kubernetes.io/enforce': 'privileged' };

/**
 * An Application of a Helm chart. If it is deleted, its objects are kept, since they hold data. Argo CD creates its namespace if that is
 * missing. Source: Argo CD, Helm.
 */
export class HelmApplication extends Construct {
  constructor(scope: Construct, id: string, props: HelmProps) {
    super(scope, id);
    const { name, namespace, project, repository, chart, version, release, values, destination } = props;
    new Application(this, 'application', {
      metadata: { name, namespace, labels: labelsOf(ARGO_PROJECT), annotations: COMPARE },
      spec: {
        project,
        source: {
          repoUrl: repository,
          chart,
          targetRevision: version,
          helm: { releaseName: release, valuesObject: values },
        },
        destination: { name: destination.cluster, namespace: destination.namespace },
        syncPolicy: {
          ...(props.automated !== null && { automated: props.automated }),
          syncOptions: [...SYNC_OPTIONS, 'CreateNamespace=true'],
          managedNamespaceMetadata: { labels: NAMESPACE_LABELS },
          retry: RETRY,
        },
        revisionHistoryLimit: REVISIONS_KEPT,
      },
    });
  }
}
