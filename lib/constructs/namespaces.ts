import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { About } from '../model/about';
import type { System } from '../model/system';
import { exemptionOf, NEVER_PRUNED, waveOf } from './annotations';
import { labelsOf } from './labels';

/** The version of the PodSecurity standard: one that all supported clusters know, and pinned, so that a cluster upgrade rejects no pods. */
const ENFORCED_VERSION = 'v1.28';

/** Why pods of a namespace run as root: the reasons of its components and tasks. */
function rootIn(namespace: string, { components, tasks }: Pick<System, 'components' | 'tasks'>): string | undefined {
  const reasons = [...components, ...tasks].flatMap((one) => (one.namespace === namespace ? (one.root ?? []) : []));
  return reasons.length === 0 ? undefined : [...new Set(reasons)].join('; ');
}

/** What a system is, in words. Source: kubernetes.io, Well-Known Labels, Annotations and Taints. */
function aboutOf({
  description,
  rationale,
  owner,
  maintenance,
  logRetention,
  alternatives = {},
}: About = {}): Record<string, string> {
  const others = Object.entries(alternatives).map(([name, why]) => `${name}: ${why}`);
  return {
    ...(description !== undefined && { 'kubernetes.io/description': description }),
    ...(owner !== undefined && { 'berth.dev/owner': owner }),
    ...(rationale !== undefined && { 'berth.dev/rationale': rationale }),
    ...(maintenance !== undefined && { 'berth.dev/maintenance': maintenance }),
    ...(logRetention !== undefined && { 'berth.dev/log-retention': logRetention }),
    ...(others.length > 0 && { 'berth.dev/alternatives': others.join('\n') }),
  };
}

/**
 * The namespaces of a system. Deployment tools may not prune them. Each enforces the PodSecurity standard "restricted", or
 * "baseline" where pods run as root; rules of later versions only warn. Source: kubernetes.io, Pod Security Admission.
 */
export class Namespaces extends Construct {
  constructor(
    scope: Construct,
    id: string,
    system: Pick<System, 'name' | 'environment' | 'namespaces' | 'components' | 'tasks' | 'about'>,
  ) {
    super(scope, id);
    for (const name of system.namespaces) {
      const root = rootIn(name, system);
      new k8s.KubeNamespace(this, name, {
        metadata: {
          name,
          labels: {
            ...labelsOf(system.name),
            env: system.environment,
            'pod-security.kubernetes.io/enforce': root === undefined ? 'restricted' : 'baseline',
            'pod-security.kubernetes.io/enforce-version': ENFORCED_VERSION,
            'pod-security.kubernetes.io/audit': 'restricted',
            'pod-security.kubernetes.io/audit-version': 'latest',
            'pod-security.kubernetes.io/warn': 'restricted',
            'pod-security.kubernetes.io/warn-version': 'latest',
          },
          // Deleting a namespace deletes everything in it.
          annotations: {
            ...NEVER_PRUNED,
            ...waveOf('foundation'),
            ...exemptionOf({ root }),
            ...aboutOf(system.about),
          },
        },
      });
    }
  }
}
