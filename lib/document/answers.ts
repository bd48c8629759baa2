import { imageReference } from '../base/image';
import { type DocumentContext, ofKind, workloadsOf } from './context';
import { code, codes } from './markdown';

/** What is known of one line. */
export interface ChecklistAnswer {
  readonly state: 'yes' | 'no' | 'open';
  readonly because: string;
}

export const yes = (because: string): ChecklistAnswer => ({ state: 'yes', because });
export const no = (because: string): ChecklistAnswer => ({ state: 'no', because });
export const open = (because: string): ChecklistAnswer => ({ state: 'open', because });

export function replicas(context: DocumentContext): ChecklistAnswer {
  const all = workloadsOf(context);
  const single = all.filter(({ replicas: { min } }) => min < 2);
  return single.length > 0
    ? no(`${codes(single.map(({ name }) => name))}: one pod alone`)
    : yes(all.map(({ name, replicas: { min } }) => `${code(name)} at least ${min}`).join(', '));
}

export function rollouts(context: DocumentContext): ChecklistAnswer {
  const interrupted = ofKind(context, 'Deployment', 'StatefulSet').filter(
    ({ kind, spec }) =>
      spec.strategy?.type === 'Recreate' ||
      (kind === 'StatefulSet' ? spec.replicas === 1 : spec.strategy?.rollingUpdate?.maxUnavailable !== 0),
  );
  return interrupted.length > 0
    ? no(`${codes(interrupted.map(({ metadata }) => metadata.name))}: does not answer while its pod is replaced`)
    : yes('new pods are ready before old ones end, and these finish what is open');
}

export function limits(context: DocumentContext): ChecklistAnswer {
  const without = workloadsOf(context).filter(({ containers }) =>
    containers.some(({ resources }) => !resources?.limits?.cpu || !resources?.limits?.memory),
  );
  return without.length > 0
    ? no(`${codes(without.map(({ name }) => name))}: without limits`)
    : yes('each container has both: see Services');
}

export function manifests(context: DocumentContext): ChecklistAnswer {
  const kinds = [
    'Deployment',
    'Service',
    'Ingress',
    'IngressRoute',
    'HTTPRoute',
    'HorizontalPodAutoscaler',
    'NetworkPolicy',
  ];
  const counts = kinds.map((kind) => [kind, ofKind(context, kind).length] as const).filter(([, count]) => count > 0);
  return yes(`in \`dist/${context.folder}\`: ${counts.map(([kind, count]) => `${count} × ${kind}`).join(', ')}`);
}

export function healthChecks(context: DocumentContext): ChecklistAnswer {
  const pods = workloadsOf(context).filter(({ containers }) => containers.length > 0);
  const without = pods.filter(({ containers }) => !containers[0].readinessProbe || !containers[0].livenessProbe);
  if (without.length > 0) return no(`${codes(without.map(({ name }) => name))}: without probes`);
  return yes(`all ${pods.length} workloads have a liveness and a readiness probe`);
}

export function autoscaling(context: DocumentContext): ChecklistAnswer {
  const scaled = workloadsOf(context).filter(({ scaledBy }) => scaledBy !== undefined);
  return scaled.length > 0 ? yes(codes(scaled.map(({ name }) => name))) : no('every number of replicas is fixed');
}

/** The images of its own programs, which no object shows to be in the registry. */
export function images({ model }: DocumentContext): ChecklistAnswer {
  const own = model.components.filter(({ stage }) => stage === 'workloads');
  const all = own.map(({ containers: [{ image }] }) => imageReference(image));
  return open(`whether the registry has ${codes(all.sort())}, the objects do not show`);
}
