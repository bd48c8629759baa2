import type { MarksOf } from '../../../lib/pipeline/definition';
import { TENANT_PASSWORDS, TENANT_TABLE } from './tenants';

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

/** The marks of new tenants, whose passwords the store needs. Development brings well-known ones as a Secret. */
function passwordMarks(before: Map<string, string>, after: Map<string, string>, all: Parameters<MarksOf>[1]): Mark[] {
  if (before.size === 0 || all.some(({ kind, metadata }) => kind === 'Secret' && metadata.name === TENANT_PASSWORDS))
    return [];
  return [...after].flatMap(([slug, state]): Mark[] => {
    const message = `tenant ${slug} is new: its password has to be in the store first (npm run secrets lists it)`;
    return state === 'removed' || before.has(slug) ? [] : [{ risk: 'secret', message }];
  });
}

/** The marks of tenants that lose their data or their access, or that are new. */
export const tenantMarks: MarksOf = ({ before, after }, all) => {
  const [old, now] = [statesIn(before), statesIn(after)];
  const lost = [...new Set([...now.keys(), ...old.keys()])].flatMap(
    (slug) => markOf(slug, old.get(slug), now.get(slug)) ?? [],
  );
  return [...lost, ...passwordMarks(old, now, all)];
};
