import { rerunOf } from '../backups';
import { type DocumentContext, type Section, type Workload, workloadsOf } from '../context';
import { code, codes, duration, fence, paragraphs, table } from '../markdown';

/** How new pods take the place of old ones. */
function replacement({ object: { kind, spec } }: Workload): string {
  if (kind === 'Cluster') return 'replicas first, then the primary hands over: connections end once';
  if (kind === 'StatefulSet')
    return (spec.replicas ?? 2) === 1
      ? 'the old pod ends before the new one starts: it does not answer in between'
      : 'one pod after the other';
  if (spec.strategy?.type === 'Recreate')
    return 'all old pods end before new ones start: it does not answer in between';
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  return `new pods first, ${maxSurge} more at a time; ${maxUnavailable === 0 ? 'an old one ends when a new one is ready' : `${maxUnavailable} may be missing`}`;
}

/** Whether the old pod of a workload ends before a new one is ready. */
export function endsFirst({ object: { kind, spec } }: Workload): boolean {
  return kind === 'StatefulSet' || spec.strategy?.type === 'Recreate';
}

/** How urgent it is to roll a release back. */
function urgency(context: DocumentContext): string {
  const gone = workloadsOf(context).filter(endsFirst);
  const rolling = workloadsOf(context).length > gone.length;
  const names = codes(gone.map(({ name }) => name));
  const stuck = gone.some(({ object }) => object.kind === 'StatefulSet')
    ? ', and delete the new pod: a StatefulSet replaces none that is not ready'
    : '';
  return [
    `A pod that does not become ready stops the rollout${rolling ? ', and the old pods go on: that needs no rollback in a hurry' : ''}.`,
    ...(gone.length > 0 ? [`Of ${names} the old pod is gone by then: roll back at once${stuck}.`] : []),
    'A release whose pods are ready and wrong is rolled back as under Procedures.',
    ...(rerunOf(context)?.jobs.includes('migrations')
      ? ['Schemas are not: migrations are compatible with the release before, so that it runs on the new schema.']
      : []),
  ].join(' ');
}

function rows(context: DocumentContext): string[][] {
  return workloadsOf(context).map((one) => {
    const grace = one.object.spec.template?.spec.terminationGracePeriodSeconds;
    return [code(one.name), replacement(one), grace === undefined ? '' : duration(grace)];
  });
}

function update(context: DocumentContext): string | undefined {
  const { model, environment, images } = context;
  if (images.length === 0) return undefined;
  if (model.tier === 'development')
    return `A new image under the same tag is pulled when pods start: ${codes(images)} in ${code(context.file)} name them.`;
  return paragraphs(
    `An image is updated by one line of ${code(context.file)}, which this edits, checks and shows; \`TAG\` is the new one${
      model.tier === 'production' ? ', which staging must have had (`--force` overrides that)' : ''
    }. Then deploy as under Procedures:`,
    fence('sh', ...images.map((image) => `npm run promote -- ${model.name} ${image} TAG --to ${environment}`)),
  );
}

/** What Argo CD does with a change by hand, as part of a sentence. @param what the change. @default - it */
export function takesBack({ sync, environment }: DocumentContext, what = 'it'): string {
  return sync === 'manual'
    ? `Argo CD shows the difference, and its next sync takes ${what} back`
    : `Argo CD takes ${what} back at once, unless \`argocd.sync: manual\` in \`environments/${environment}/platform.yaml\` was pushed before`;
}

/** Why the fast way back is no rollback. */
function undo(context: DocumentContext): string | undefined {
  const deployments = workloadsOf(context).filter(
    ({ object, namespace, name }) =>
      object.kind === 'Deployment' &&
      context.model.components.some(
        (one) => one.stage === 'workloads' && one.namespace === namespace && one.name === name,
      ),
  );
  if (deployments.length === 0) return undefined;
  return paragraphs(
    `**A stopgap.** This starts the pods of the revision before (five are kept), in seconds. It is no rollback: git still has the bad release; ${takesBack(context)}; a ConfigMap or a database that changed stays changed. So revert the commit as well. With kubectl alone, the next apply needs \`--force-conflicts\`.`,
    fence('sh', ...deployments.map(({ namespace, name }) => `kubectl rollout undo deployment/${name} -n ${namespace}`)),
  );
}

function text(context: DocumentContext): string | undefined {
  return paragraphs(
    update(context),
    table(['Workload', 'In a rollout', 'A pod has, to end'], rows(context)),
    urgency(context),
    undo(context),
    '`kubectl set image` and `kubectl edit` change the cluster alone: the next apply takes them back, or reports a conflict.',
  );
}

/** Source: the seed, "Rolling Update (Zero Downtime)". */
export const updates: Section = { title: 'Rolling update and rollback', text };
