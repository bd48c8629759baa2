import { ApiObject, JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import {
  RabbitmqClusterSpecResourcesLimits as Limits,
  RabbitmqCluster as RabbitmqClusterObject,
  RabbitmqClusterSpecResourcesRequests as Requests,
  RabbitmqClusterSpecPersistenceStorage as Size,
} from '../../imports/rabbitmq.com';
import { imageReference } from '../base/image';
import type { Component } from '../model/component';
import type { Placement } from '../model/kubernetes';
import type { RabbitMqCluster } from '../model/rabbitmq-cluster';
import { NEVER_PRUNED, waveOf } from './annotations';
import { labelsOf, selectorOf } from './labels';
import { podTemplate } from './pod';

/** The operator's own container. Its image, its resources and its probes are the operator's concern. */
const SERVER = 'rabbitmq';

/** What the operator refuses in an override, or has a better value for: its ServiceAccount, its grace period, and its container. */
type OwnFields = Omit<
  k8s.PodSpec,
  'serviceAccountName' | 'automountServiceAccountToken' | 'terminationGracePeriodSeconds' | 'imagePullSecrets'
>;

/** The pods' fields that the operator's template is patched with: labels, security, spread, and the containers of the component. */
function patchOf(component: Component, placement: Placement): k8s.PodTemplateSpec {
  const { metadata, spec } = podTemplate(component, placement);
  const {
    serviceAccountName: _,
    automountServiceAccountToken: __,
    terminationGracePeriodSeconds: ___,
    imagePullSecrets: ____,
    ...own
  } = spec as k8s.PodSpec;
  const [server] = own.containers;
  const data = component.storage.map(({ name }) => name);
  const patch: OwnFields = {
    ...own,
    containers: [
      {
        name: SERVER,
        ...(server?.securityContext && { securityContext: server.securityContext }),
        volumeMounts: server?.volumeMounts?.filter(({ name }) => !data.includes(name)) ?? [],
      },
    ],
  };
  // The operator selects its pods by labels of its own.
  return {
    metadata: { labels: selectorOf(component), ...(metadata?.annotations && { annotations: metadata.annotations }) },
    spec: patch,
  };
}

/**
 * The RabbitmqCluster of a component, of which RabbitMQ's cluster operator makes a StatefulSet, Services and a ConfigMap.
 * Source: rabbitmq.com, Using the Cluster Operator; Override.
 */
export class RabbitmqCluster extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly component: Component;
      readonly cluster: RabbitMqCluster;
      readonly placement: Placement;
    },
  ) {
    super(scope, id);
    const { component, cluster, placement } = props;
    const { system, namespace, name, stage, scale, containers, storage } = component;
    const [{ image, resources }] = containers;
    const [volume] = storage;
    const { imagePullSecrets } = placement;
    const manifest = RabbitmqClusterObject.manifest({
      metadata: {
        namespace,
        name,
        labels: labelsOf(system, name),
        annotations: { ...NEVER_PRUNED, ...waveOf(stage) }, // older operators delete its volumes with it
      },
      spec: {
        replicas: scale.replicas ?? 1,
        image: imageReference(image),
        ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((one) => ({ name: one })) }),
        resources: {
          requests: {
            cpu: Requests.fromString(resources.cpu.request),
            memory: Requests.fromString(resources.memory.request),
          },
          limits: { cpu: Limits.fromString(resources.cpu.limit), memory: Limits.fromString(resources.memory.limit) },
        },
        persistence: {
          storage: Size.fromString(volume?.size as string),
          ...(volume?.storageClass !== undefined && { storageClassName: volume.storageClass }),
        },
        rabbitmq: { additionalConfig: cluster.config },
        secretBackend: { externalSecret: { name: cluster.user.name } },
      },
    });
    const { spec }: { spec: { template: object } } = k8s.KubeStatefulSet.manifest({
      spec: { serviceName: '', selector: {}, template: patchOf(component, placement) },
    });
    const statefulSet = {
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: spec.template,
    };
    // The types of a whole pod would be generated for this place alone.
    new ApiObject(
      this,
      'cluster',
      JsonPatch.apply(manifest, JsonPatch.add('/spec/override', { statefulSet: { spec: statefulSet } })),
    );
  }
}
