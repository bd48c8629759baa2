import { Construct } from 'constructs';
import {
  type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior as Behaviour,
  ScaledObject,
  type ScaledObjectSpecTriggers as Trigger,
  TriggerAuthentication,
} from '../../imports/keda.sh';
import type { Component } from '../model/component';
import type { QueueTrigger, Scale } from '../model/scale';
import { waveOf } from './annotations';
import { labelsOf } from './labels';

/** The length of the queue. Its virtual host is no part of the URL, whose path KEDA would read without the encoding of `/`. */
function queueTrigger({ name, vhost, messages }: QueueTrigger, authentication: string): Trigger {
  return {
    type: 'rabbitmq',
    metadata: {
      protocol: 'http',
      mode: 'QueueLength',
      queueName: name,
      vhostName: vhost,
      value: String(messages),
    },
    authenticationRef: { name: authentication },
  };
}

function usageTriggers({ cpu, memory }: Scale): Trigger[] {
  return Object.entries({ cpu, memory }).flatMap(([type, percent]): Trigger[] =>
    percent === undefined ? [] : [{ type, metricType: 'Utilization', metadata: { value: String(percent) } }],
  );
}

/**
 * What KEDA scales a component by: a ScaledObject, of which KEDA makes a HorizontalPodAutoscaler, and a TriggerAuthentication with the URL of
 * RabbitMQ. The last pod ends after the queue was empty for five minutes. Source: keda.sh, ScaledObject specification; RabbitMQ Queue.
 */
export class QueueScaler extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly component: Component;
      readonly queue: QueueTrigger;
      /** The kind of the object that makes the pods. */
      readonly kind: 'Deployment' | 'StatefulSet';
      readonly behavior: Behaviour;
    },
  ) {
    super(scope, id);
    const { component, queue, kind, behavior } = props;
    const { namespace, system, name, scale } = component;
    const metadata = { namespace, name, labels: labelsOf(system, name), annotations: waveOf('reporting') };
    const { api } = queue;
    new TriggerAuthentication(this, 'triggerauthentication', {
      metadata,
      spec: {
        secretTargetRef: [{ parameter: 'host', name: api.secret.name, key: api.key }],
      },
    });
    new ScaledObject(this, 'scaledobject', {
      metadata,
      spec: {
        scaleTargetRef: { name, kind },
        minReplicaCount: scale.min ?? 1,
        maxReplicaCount: scale.max as number,
        advanced: { horizontalPodAutoscalerConfig: { behavior } },
        triggers: [queueTrigger(queue, name), ...usageTriggers(scale)],
      },
    });
  }
}
