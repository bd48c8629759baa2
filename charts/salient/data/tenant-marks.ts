import { tableIn } from '../../../lib/parts/tables';
import type { MarksOf } from '../../../lib/pipeline/definition';
import { TENANT_PASSWORDS, TENANT_TABLE } from './tenants';

type Mark = ReturnType<MarksOf>[number];

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

/** The column of `tenants.tsv` with the server. */
const SERVER = 2;

/** The marks of tenants whose database is another one, on another server. */
function moveMarks(...[{ before, after }]: Parameters<MarksOf>): Mark[] {
  const now = tableIn(after, TENANT_TABLE, SERVER);
  return [...tableIn(before, TENANT_TABLE, SERVER)].flatMap(([slug, from]): Mark[] => {
    const to = now.get(slug) ?? from;
    const message = `tenant ${slug} moves from server ${from} to ${to}, where its database is empty unless its dump is restored there`;
    return to === from ? [] : [{ risk: 'data', message }];
  });
}

/** The marks of tenants that lose their data or their access, or that are new. */
export const tenantMarks: MarksOf = (change, all) => {
  const { before, after } = change;
  const [old, now] = [tableIn(before, TENANT_TABLE), tableIn(after, TENANT_TABLE)];
  const lost = [...new Set([...now.keys(), ...old.keys()])].flatMap(
    (slug) => markOf(slug, old.get(slug), now.get(slug)) ?? [],
  );
  return [...lost, ...moveMarks(change, all), ...passwordMarks(old, now, all)];
};
