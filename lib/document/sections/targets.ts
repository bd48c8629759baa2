import { type DocumentContext, notStated, ofKind, type Section, type Workload, word, workloadsOf } from '../context';
import { code, codes, duration, table } from '../markdown';
import { exposedOf } from './network';
import { replicasText } from './services';
import { secretSource } from './variables';

const names = (some: readonly { readonly name: string }[]) => codes(some.map(({ name }) => name));

function performance({ model }: DocumentContext): string[][] {
  const targets = model.components.flatMap(({ name, p95 }) =>
    p95 === undefined ? [] : [`${code(name)} ${duration(p95.toMilliseconds() / 1000)}`],
  );
  const watched = model.monitoring === undefined ? '; no alert watches them, since monitoring is off' : '';
  return targets.length === 0 ? [] : [['95th percentile of response times', `${targets.join(', ')}${watched}`]];
}

function scaling(context: DocumentContext): string[][] {
  const all = workloadsOf(context);
  const scaled = all.filter(({ scaledBy }) => scaledBy !== undefined);
  const fixed = all.filter((one) => !scaled.includes(one));
  return [
    ['Scales by itself', scaled.map((one) => `${code(one.name)} ${replicasText(one)}`).join('; ') || 'nothing'],
    ['Scaled by hand', fixed.map((one) => `${code(one.name)} ${replicasText(one)}`).join(', ') || 'nothing'],
    ['Vertical limit', 'CPU and memory of each service: see Services'],
  ];
}

/** What is down while one pod is. */
export function singles(context: DocumentContext): Workload[] {
  return workloadsOf(context).filter(({ replicas }) => replicas.min < 2);
}

/** What always has several pods. */
export function replicated(context: DocumentContext): Workload[] {
  return workloadsOf(context).filter(({ replicas }) => replicas.min > 1);
}

/** When it may be down, or why nothing has to be said about it. */
function downtime(context: DocumentContext): string {
  const { about, tier } = context.model;
  if (about?.maintenance !== undefined) return about.maintenance;
  if (tier !== 'production') return 'at any time';
  return singles(context).length === 0 ? 'none is needed: releases are rolling' : word(context, 'maintenance');
}

function availability(context: DocumentContext): string[][] {
  const [single, several] = [singles(context), replicated(context)];
  const { monitoring } = context.model;
  const budgets = ofKind(context, 'PodDisruptionBudget').length;
  const failover = [
    ...(several.length > 0 ? [`${names(several)}: other replicas go on`] : []),
    ...(single.length > 0 ? [`${names(single)}: one pod, which starts again elsewhere; down meanwhile`] : []),
  ];
  return [
    [
      'Answered without an error',
      monitoring === undefined ? 'no target is watched, since monitoring is off' : `${monitoring.availability} %`,
    ],
    ['Planned downtime', downtime(context)],
    ['Failover', failover.join('; ')],
    ['Evictions', budgets === 0 ? 'no disruption budgets' : `${budgets} disruption budgets: one pod at a time`],
  ];
}

function security(context: DocumentContext): string[][] {
  const exposed = exposedOf(context).filter(({ audience }) => audience !== 'nobody');
  const plain = exposed.filter(({ tls }) => tls === false);
  const { issuer } = context.model.edge;
  const limited = context.model.components
    .flatMap((component) => component.exposed.map(({ site }) => site))
    .filter(({ rateLimit }) => rateLimit !== undefined);
  const outside = new Set(exposed.flatMap(({ workloads }) => workloads));
  const inside = workloadsOf(context).filter(({ namespace, name }) => !outside.has(`${namespace}/${name}`));
  return [
    [
      'HTTPS',
      exposed.length === 0
        ? 'nothing is exposed'
        : plain.length > 0
          ? 'no: hosts are served on plain HTTP'
          : `all hosts${issuer === undefined ? '' : `, with certificates of ${code(issuer)}`}`,
    ],
    ['Secrets', secretSource(context) ?? 'none'],
    ['Not reachable from outside', names(inside) || 'nothing'],
    ['Authentication', word(context, 'authentication')],
    ['Rate limits', limited.length > 0 ? codes(limited.map(({ host }) => host)) : 'none at the edge'],
  ];
}

function text(context: DocumentContext): string | undefined {
  const { about, requirements = [] } = context.model;
  const given = Object.entries(about?.targets ?? {});
  return table(
    ['Target', ''],
    [
      ...performance(context),
      ...scaling(context),
      ...availability(context),
      ...security(context),
      ...given,
      ...(given.length + requirements.length > 0 ? [] : [['Users and requests', notStated(context, 'targets')]]),
    ],
  );
}

/** Source: the seed, "Non-Functional Requirements". */
export const targets: Section = { title: 'Targets', text };
