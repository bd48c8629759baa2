import { budgetsOf } from '../../model/budget';
import { mermaidOf } from '../../targets/mermaid';
import { type DocumentContext, type Section, workloadsOf } from '../context';
import { code, fence, paragraphs, table } from '../markdown';

/** The connections of each client to servers that limit them, with the largest number of its pods outside a rollout. */
function budgetRows(context: DocumentContext): string[][] {
  const { components, tasks } = context.model;
  const pods = new Map(workloadsOf(context).map(({ namespace, name, replicas }) => [`${namespace}/${name}`, replicas]));
  return budgetsOf([...components, ...tasks]).flatMap(({ limit, clients }) =>
    clients.map(({ namespace, name, pool }) => {
      const most = pods.get(`${namespace}/${name}`)?.max ?? 1;
      const behind = pool.behind === undefined ? '' : ' and the pools of its clients';
      return [
        limit.name,
        `${limit.maxConnections}${limit.reserved > 0 ? `, ${limit.reserved} of them reserved` : ''}`,
        code(name),
        `${pool.perPod}${behind}`,
        String(most),
        pool.why,
      ];
    }),
  );
}

function text(context: DocumentContext): string | undefined {
  const rows = budgetRows(context);
  return paragraphs(
    fence('mermaid', mermaidOf(context.model)),
    rows.length === 0
      ? undefined
      : 'Connections to databases. `npm run synth` refuses a size whose worst case, rollouts included, exceeds a limit:',
    table(['Server', 'Takes', 'Client', 'Each pod holds', 'Pods, without a rollout', 'Because'], rows),
  );
}

/** Source: the seed, "Service Dependencies". */
export const dependencies: Section = { title: 'Dependencies', text };
