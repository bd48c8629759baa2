import { quantityOf } from '../../base/quantity';
import { podAmounts } from '../../checks/cluster/requests';
import { itemLines, priceRows, useRows } from '../../cost/rows';
import { type Any, type DocumentContext, ofKind, type Section, workloadsOf } from '../context';
import { list, paragraphs, table } from '../markdown';

const GIBIBYTE = 2 ** 30;
const round = (amount: number) => String(Math.round(amount * 100) / 100);

/** The requests of all pods that always run, at the least and the largest number of replicas. */
function requested(context: DocumentContext): string[][] {
  const total = { cpu: [0, 0], memory: [0, 0] };
  let storage = 0;
  for (const { object, replicas } of workloadsOf(context)) {
    const pod = object.spec.template?.spec ?? { containers: [{ resources: object.spec.resources }] };
    for (const resource of ['cpu', 'memory'] as const) {
      const each = podAmounts(pod)[resource] ?? 0;
      total[resource][0] = (total[resource][0] as number) + each * replicas.min;
      total[resource][1] = (total[resource][1] as number) + each * replicas.max;
    }
    const claims: Any[] = (object.spec.volumeClaimTemplates ?? []).map(
      ({ spec }: Any) => spec.resources.requests.storage,
    );
    const own = object.kind === 'Cluster' ? [object.spec.storage.size] : claims;
    storage += own.reduce((sum, size) => sum + Number(quantityOf(String(size)) ?? 0), 0) * replicas.max;
  }
  for (const { spec } of ofKind(context, 'PersistentVolumeClaim')) {
    storage += Number(quantityOf(String(spec.resources.requests.storage)) ?? 0);
  }
  const range = ([min, max]: readonly number[], unit: number) =>
    min === max
      ? round((min as number) / unit)
      : `${round((min as number) / unit)} to ${round((max as number) / unit)}`;
  return [
    ['CPU that pods reserve', `${range(total.cpu, 1)} cores`],
    ['Memory that pods reserve', `${range(total.memory, GIBIBYTE)} GiB`],
    ['Volumes', `${round(storage / GIBIBYTE)} GiB`],
  ];
}

/** What it costs on Render and on each kind of cluster, where there are prices. */
function priced({ cost: estimate, environment, model }: DocumentContext): string | undefined {
  if (estimate === undefined) return undefined;
  const { date, file } = estimate;
  return paragraphs(
    `A month in a cluster of its own, at its fewest pods, a typical load and its most, with the prices of ${date} in [${file}](../../../${file}); [how it is calculated](../../cost.md). Systems that share a cluster pay less: \`npm run cost -- --env ${environment}\`.`,
    table(['', 'Minimum', 'Typical', 'Maximum'], [...useRows(estimate), ...priceRows(estimate)]),
    list(itemLines(estimate)),
    estimate.comparison.length === 0
      ? undefined
      : `From which load ${model.name} is cheaper on a cluster than on Render:`,
    list(estimate.comparison),
  );
}

function text(context: DocumentContext): string | undefined {
  const { about, monitoring } = context.model;
  const costs = Object.entries(about?.costs ?? {});
  const tokens = monitoring?.prices;
  return paragraphs(
    table(
      ['What', 'Amount'],
      [
        ...(context.cost === undefined ? requested(context) : []),
        ...(tokens === undefined
          ? []
          : [['Tokens of AI models', `US$ ${tokens.input} a million of input, US$ ${tokens.output} of output`]]),
        ...costs.map(([name, amount]) => [`${name}, a month`, amount]),
      ],
    ),
    priced(context),
    'Jobs and what belongs to the cluster, such as its edge, come on top.',
  );
}

/** Source: the seed, "Cost Estimation". */
export const cost: Section = { title: 'Cost', text };
