import { quantityOf } from '../../base/quantity';
import { type Any, type DocumentContext, ofKind, type Section, workloadsOf } from '../context';
import { paragraphs, table } from '../markdown';

/** What a pod asks for: the larger of its init containers and the sum of the others, as the scheduler counts. */
function askedBy(pod: Any, resource: 'cpu' | 'memory'): number {
  const of = ({ resources }: Any) => Number(quantityOf(String(resources?.requests?.[resource] ?? 0)) ?? 0);
  const inits: Any[] = pod.initContainers ?? [];
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const sum = [...pod.containers, ...sidecars].reduce((total: number, one: Any) => total + of(one), 0);
  return Math.max(sum, ...inits.filter((one) => !sidecars.includes(one)).map(of));
}

const GIBIBYTE = 2 ** 30;
const round = (amount: number) => String(Math.round(amount * 100) / 100);

/** The requests of all pods that always run, at the least and the largest number of replicas. */
function requested(context: DocumentContext): string[][] {
  const total = { cpu: [0, 0], memory: [0, 0] };
  let storage = 0;
  for (const { object, replicas } of workloadsOf(context)) {
    const pod = object.spec.template?.spec ?? { containers: [{ resources: object.spec.resources }] };
    for (const resource of ['cpu', 'memory'] as const) {
      const each = askedBy(pod, resource);
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

function text(context: DocumentContext): string | undefined {
  const { about, monitoring } = context.model;
  const costs = Object.entries(about?.costs ?? {});
  const tokens = monitoring?.prices;
  return paragraphs(
    table(
      ['What', 'Amount'],
      [
        ...requested(context),
        ...(tokens === undefined
          ? []
          : [['Tokens of AI models', `US$ ${tokens.input} a million of input, US$ ${tokens.output} of output`]]),
        ...costs.map(([name, amount]) => [`${name}, a month`, amount]),
      ],
    ),
    'Jobs and what belongs to the cluster, such as its edge, come on top.',
  );
}

/** Source: the seed, "Cost Estimation". */
export const cost: Section = { title: 'Cost', text };
