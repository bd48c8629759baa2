import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Priority } from '../../model/kubernetes';
import type { Platform } from '../../model/platform';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { PRIORITIES, priorityClassOf } from '../priority';

/**
 * The PriorityClasses of all priorities. Their values are far below those of Kubernetes' own classes (2,000,000,000 and more); pods
 * without a class have 0. The value of an existing PriorityClass is immutable.
 * Source: kubernetes.io, Pod Priority and Preemption.
 */
export class PriorityClasses extends Construct {
  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    if (!platform.priorityClasses) return;
    for (const [priority, { value, preempts, description }] of Object.entries(PRIORITIES)) {
      const name = priorityClassOf(priority as Priority);
      new k8s.KubePriorityClass(this, name, {
        metadata: { name, labels: labelsOf(platform.name), annotations: waveOf('foundation') },
        value,
        globalDefault: false,
        preemptionPolicy: preempts ? 'PreemptLowerPriority' : 'Never',
        description,
      });
    }
  }
}
