import { Construct } from 'constructs';
import { Application } from '../../../imports/argoproj.io';
import { labelsOf } from '../labels';
import { ARGO_PROJECT } from './app-of-apps';
import type { Automated } from './deployed-system';
import type { ArgoCdDestination } from './project';
import { COMPARE, RETRY, REVISIONS_KEPT, SYNC_OPTIONS } from './sync';

/** A release of a Helm chart. */
export interface HelmProps {
  /** The Application's name. */
  readonly name: string;
  /** Where Argo CD runs. */
  readonly namespace: string;
  readonly project: string;
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  /** What the chart's objects are named after. */
  readonly release: string;
  readonly values: object;
  readonly destination: ArgoCdDestination;
  readonly automated: Automated;
}

/** The pods of a chart that look into nodes are not restricted. Source: kubernetes.io, Pod Security Standards. */
const NAMESPACE_LABELS = { 'pod-security.kubernetes.io/enforce': 'privileged' };

/**
 * An Application of a Helm chart. Without it its objects stay: what they have gathered is data. Its namespace is made where it
 * is missing. Source: Argo CD, Helm.
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
