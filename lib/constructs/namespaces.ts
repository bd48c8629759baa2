import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { System } from '../model/system';
import { NEVER_PRUNED, waveOf } from './annotations';
import { labelsOf } from './labels';

/** The version of the PodSecurity standard: one that all supported clusters know, and pinned, so that a cluster upgrade rejects no pods. */
const ENFORCED_VERSION = 'v1.28';

/**
 * The namespaces of a system. Deployment tools may not prune them. Each enforces the PodSecurity standard "restricted"; rules of later
 * versions only warn. Source: kubernetes.io, Pod Security Admission.
 */
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
          // Deleting a namespace deletes everything in it.
          annotations: { ...NEVER_PRUNED, ...waveOf('foundation') },
        },
      });
    }
  }
}
