import type { ManifestObject } from '../../manifests/object';
import type { Fields } from './pods';
import type { Prerequisite } from './prerequisite';

const KIND = 'RabbitmqCluster';

/** Whether RabbitMQ's cluster operator makes pods of an object. */
export function isRabbitmqCluster({ kind }: ManifestObject): boolean {
  return kind === KIND;
}

/** What is said of the pods' template beside the operator's own. */
const overrideOf = ({ spec }: ManifestObject): Fields => spec?.override?.statefulSet?.spec?.template ?? {};

/** The labels of its pods. Source: rabbitmq.com, Using the Cluster Operator. */
function labelsOf(object: ManifestObject): Record<string, string> {
  return {
    'app.kubernetes.io/name': object.metadata.name,
    'app.kubernetes.io/component': 'rabbitmq',
    'app.kubernetes.io/part-of': 'rabbitmq',
    ...overrideOf(object).metadata?.labels,
  };
}

/** The pods that the operator makes of an object. */
export function rabbitmqPods(object: ManifestObject): Prerequisite[] {
  if (!isRabbitmqCluster(object)) return [];
  const { namespace = 'default', name } = object.metadata;
  return [{ kind: 'Pod', namespace, name, labels: labelsOf(object) }];
}

/**
 * The StatefulSet that the operator makes of an object, as far as the object tells; any other object as it is.
 * Source: rabbitmq.com, Using the Cluster Operator; Override.
 */
export function asStatefulSet(object: ManifestObject): ManifestObject {
  if (!isRabbitmqCluster(object)) return object;
  const { metadata, spec } = object;
  const { metadata: labelled, spec: pod = {} } = overrideOf(object);
  const { persistence } = spec ?? {};
  const [own = {}] = pod.containers ?? [];
  const ports = [5672, 15672, 15692].map((containerPort) => ({ containerPort }));
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...metadata, name: `${metadata.name}-server` },
    spec: {
      replicas: spec?.replicas,
      selector: { matchLabels: { 'app.kubernetes.io/name': metadata.name } },
      template: {
        metadata: { ...labelled, labels: labelsOf(object) },
        spec: {
          ...pod,
          containers: [
            {
              ...{ name: 'rabbitmq', image: spec?.image, resources: spec?.resources, ports },
              readinessProbe: { tcpSocket: { port: 5672 } },
              ...own,
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'persistence' },
          spec: {
            storageClassName: persistence?.storageClassName,
            resources: { requests: { storage: persistence?.storage ?? '10Gi' } },
          },
        },
      ],
    },
  };
}
