import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { System } from '../model/system';
import { NEVER_PRUNED, waveOf } from './annotations';
import { labelsOf } from './labels';

/** PodSecurity as of a release that every supported cluster knows, so that a cluster's upgrade cannot start to refuse pods. */
const ENFORCED_VERSION = 'v1.28';

/** The namespaces of a system, which no deployment tool may prune. PodSecurity "restricted" is enforced in each; what later versions add is only warned of. */
export class Namespaces extends Construct {
  constructor(scope: Construct, id: string, system: Pick<System, 'name' | 'environment' | 'namespaces'>) {
    super(scope, id);
    for (const name of system.namespaces) {
      new k8s.KubeNamespace(this, name, {
        metadata: {
          name,
          labels: {
            ...labelsOf(system.name),
            env: system.environment,
            'pod-security.kubernetes.io/enforce': 'restricted',
            'pod-security.kubernetes.io/enforce-version': ENFORCED_VERSION,
            'pod-security.kubernetes.io/audit': 'restricted',
            'pod-security.kubernetes.io/audit-version': 'latest',
            'pod-security.kubernetes.io/warn': 'restricted',
            'pod-security.kubernetes.io/warn-version': 'latest',
          },
          // With a namespace goes all that is in it.
          annotations: { ...NEVER_PRUNED, ...waveOf('foundation') },
        },
      });
    }
  }
}
