import { ClusterIndex } from '../../lib/checks/cluster/cluster-index';
import { openConnectionsOf } from '../../lib/checks/cluster/reach';
import { exposuresOf } from '../../lib/checks/cluster/routes';
import { budgetedClients } from '../../lib/checks/rules/connections';
import { valueAt } from '../../lib/config/parse';
import type { Prices } from '../../lib/config/prices';
import { estimateOf } from '../../lib/cost/estimate';
import { GIBIBYTE } from '../../lib/cost/priced';
import { sharesOf } from '../../lib/cost/share';
import { loadsOf, type Use, useAt, workloadsIn } from '../../lib/cost/use';
import type { MarkedChange } from '../../lib/diff/difference';
import { changeKindOf, titleOf } from '../../lib/diff/report';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Built, type BuiltSystem, isSystem } from '../../lib/pipeline/build';
import { intentOfAll } from '../../lib/pipeline/judge';
import { type Blueprints, pricedOf } from '../shared/costs';
import { linesOf } from './lines';
import { type Part, thingsOf } from './things';
import type { BudgetBar, Change, Entry, SystemRow, Thing, ViewData } from './view-data';

/** What an environment is compared with. */
export interface Before {
  readonly revision: string;
  /** The systems and the platform of the revision. */
  readonly parts: readonly Part[];
  readonly changes: readonly MarkedChange[];
}

/** What it is priced by. */
export interface Pricing {
  readonly prices: Prices;
  readonly blueprints: Blueprints;
}

type Size = Pick<SystemRow, 'pods' | 'cpu' | 'memory'>;

/** The fewest and the most that pods reserve, as texts. */
function sizeOf(least: Use, most: Use): Size {
  const range = (from: number, to: number) => (from === to ? `${from}` : `${from} to ${to}`);
  const tenths = (amount: number) => Math.round(amount * 10) / 10;
  return {
    pods: range(least.pods, most.pods),
    cpu: range(tenths(least.cpu), tenths(most.cpu)),
    memory: range(tenths(least.memory / GIBIBYTE), tenths(most.memory / GIBIBYTE)),
  };
}

/** A system's tenants: their slugs, with their names where they have one. */
function tenantsOf({ values }: Built): string[] {
  const list = valueAt(values, ['tenants']);
  return (Array.isArray(list) ? list : []).map((one) => {
    const [slug, name] = ['slug', 'name'].map((key) => valueAt(one, [key]));
    return `${slug}${name === undefined || name === slug ? '' : ` (${name})`}`;
  });
}

function systemsOf(
  systems: readonly BuiltSystem[],
  pricing: Pricing | undefined,
): Pick<ViewData, 'systems' | 'total' | 'prices'> {
  const whole = workloadsIn(systems.flatMap(({ objects }) => [...objects]));
  const total = sizeOf(useAt(whole, 0), useAt(whole, 1));
  const row = (one: BuiltSystem, month?: number): SystemRow => {
    const workloads = workloadsIn(one.objects);
    return {
      name: one.system,
      about: one.model.about?.description ?? '',
      namespaces: one.model.namespaces,
      ...sizeOf(useAt(workloads, 0), useAt(workloads, 1)),
      month,
      tenants: tenantsOf(one),
    };
  };
  if (pricing === undefined) return { systems: systems.map((one) => row(one)), total };
  const { prices, blueprints } = pricing;
  const each = systems.map((one) => pricedOf([one], prices, blueprints));
  const all = pricedOf(systems, prices, blueprints);
  const shares = sharesOf(each, all, prices.cluster, loadsOf(prices.typical).typical, prices);
  const bill = estimateOf(all, prices).options.find(({ name }) => name === prices.cluster)?.bills.typical;
  return {
    systems: systems.map((one, index) => row(one, shares?.[index])),
    total: { ...total, month: bill !== undefined && 'month' in bill ? bill.month : undefined },
    prices: `${prices.cluster}, prices of ${prices.date}`,
  };
}

function budgetsOf(cluster: ClusterIndex, built: readonly Built[]): BudgetBar[] {
  const intent = intentOfAll(built);
  return intent.budgets.map((budget) => ({
    server: budget.server,
    limit: budget.maxConnections,
    reserved: budget.reserved,
    clients: budgetedClients(cluster, intent, budget).map(({ name, worst, because }) => ({
      name,
      connections: worst,
      because,
    })),
  }));
}

function entriesOf(cluster: ClusterIndex, things: ReadonlyMap<string, Thing>): Entry[] {
  const all = exposuresOf(cluster).map(({ label, tls, audience, workloads }): Entry => {
    const refused = audience === 'nobody';
    return {
      system: things.get(workloads[0] ?? '')?.system ?? '',
      address: tls === undefined ? label : `${tls ? 'https' : 'http'}://${label}`,
      audience: typeof audience === 'string' ? (refused ? 'nobody: the edge refuses' : audience) : audience.join(', '),
      to: refused ? [] : workloads,
    };
  });
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

const componentOf = ({ metadata }: ManifestObject) =>
  `${metadata.namespace}/${metadata.labels?.component ?? metadata.name}`;

/** How each thing differs: new and gone with its own object, and changed by every object of the same component. */
function changesById(
  changes: readonly MarkedChange[],
  things: readonly Thing[],
  old: readonly Thing[],
): Map<string, Change> {
  const touched = new Set(changes.map(({ before, after }) => componentOf((after ?? before) as ManifestObject)));
  const [now, past] = [things, old].map((all) => new Set(all.map(({ id }) => id))) as [Set<string>, Set<string>];
  return new Map(
    [...now, ...past].flatMap((id): [string, Change][] => {
      if (!past.has(id)) return [[id, 'new']];
      if (!now.has(id)) return [[id, 'gone']];
      return touched.has(id) ? [[id, 'changed']] : [];
    }),
  );
}

/**
 * What the page of an environment shows: numbers and connections of its objects, words of its files.
 *
 * @param built every system of the environment, and its platform
 * @param before the compared revision. @default - nothing is compared
 * @param pricing @default - there are no prices
 */
export function viewDataOf(environment: string, built: readonly Built[], before?: Before, pricing?: Pricing): ViewData {
  const systems = built.filter(isSystem);
  const objects = built.flatMap((one) => [...one.objects]);
  const prerequisites = built.flatMap((one) => [...one.prerequisites]);
  const cluster = new ClusterIndex(objects, prerequisites);
  const present = systems.flatMap(thingsOf);
  const past = (before?.parts ?? []).flatMap(thingsOf);
  const changes = before === undefined ? new Map<string, Change>() : changesById(before.changes, present, past);
  const gone = past.filter(({ id }) => changes.get(id) === 'gone');
  const things = [...present, ...gone].map((one): Thing => ({ ...one, change: changes.get(one.id) }));
  const oldObjects = before?.parts.flatMap((one) => [...one.objects]);
  const { lines, outside } = linesOf(
    things,
    openConnectionsOf(objects, prerequisites),
    oldObjects && openConnectionsOf(oldObjects, prerequisites),
  );
  return {
    environment,
    against: before?.revision,
    ...systemsOf(systems, pricing),
    things: [...things, ...outside],
    lines,
    entries: entriesOf(cluster, new Map(things.map((one) => [one.id, one]))),
    budgets: budgetsOf(cluster, built),
    changes: (before?.changes ?? []).map((one) => ({
      change: changeKindOf(one),
      title: titleOf(one),
      risks: [...new Set(one.marks.map(({ risk }) => risk))],
    })),
  };
}
