import type { MarksOf } from '../../../lib/pipeline/definition';
import { TENANT_TABLE } from './tenants';

type Mark = ReturnType<MarksOf>[number];

/** The states of the tenants in the table of a ConfigMap, by their slugs. */
function statesIn(object: Parameters<MarksOf>[0]['after']): Map<string, string> {
  const table: unknown = object?.kind === 'ConfigMap' ? object.data?.[TENANT_TABLE] : undefined;
  const lines = typeof table === 'string' ? table.split('\n').map((line) => line.split('\t')) : [];
  return new Map(lines.flatMap(([slug, state]) => (slug && state ? [[slug, state] as const] : [])));
}

/** What happens to the data and the access of a tenant whose state is another one. */
function markOf(slug: string, before: string | undefined, after: string | undefined): Mark | undefined {
  if (after === 'removed' && before !== 'removed') {
    const message = `tenant ${slug} is removed: a last dump is made and tried, then its database and its role are dropped`;
    return { risk: 'data', message };
  }
  if (before !== 'active' || after === 'active' || after === 'removed') return undefined;
  const message =
    after === undefined
      ? `tenant ${slug} is no longer in tenants.yaml: its database stays, its row in the registry becomes inactive, and it has no access any more (to delete its data: state: removed, confirm: drop ${slug})`
      : `tenant ${slug} is suspended: its data stays, and it has no access`;
  return { risk: 'tenantDisabled', message };
}

/** The marks of tenants that lose their data or their access. */
export const tenantMarks: MarksOf = ({ before, after }) => {
  const [old, now] = [statesIn(before), statesIn(after)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap(
    (slug) => markOf(slug, old.get(slug), now.get(slug)) ?? [],
  );
};
