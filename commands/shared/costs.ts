import { parse } from 'yaml';
import { registry } from '../../charts';
import { valueAt } from '../../lib/config/parse';
import { loadPrices, type Prices } from '../../lib/config/prices';
import { RENDER, renderSchema } from '../../lib/config/render';
import { loadTargetFile } from '../../lib/config/target-file';
import { monthOf } from '../../lib/cost/estimate';
import type { Priced, RenderServices } from '../../lib/cost/priced';
import { servicesOfBlueprint, servicesOfWorkloads } from '../../lib/cost/render';
import { workloadsIn } from '../../lib/cost/use';
import type { ManifestObject } from '../../lib/manifests/object';
import type { Built } from '../../lib/pipeline/build';
import { buildRender } from '../../lib/pipeline/render';
import { externalLimits } from '../../lib/pipeline/shared';
import { objectsOf } from './report';

/** The services of the Blueprints that there are, by the folder of the system in its environment: `prod/salient`. */
export type Blueprints = ReadonlyMap<string, RenderServices>;

/** Reads the Blueprints of some systems from what synth would write. */
export function blueprintsOf(root: string, built: readonly Built[]): Blueprints {
  const environments = [...new Set(built.map(({ environment }) => environment))];
  const files = buildRender(registry, root, built, { environments })?.files ?? new Map<string, string>();
  const stated = Object.entries(loadTargetFile(root, RENDER, renderSchema)?.value ?? {});
  const all = stated.flatMap(([system, config]) =>
    Object.keys(config).flatMap((environment, index) => {
      const text = files.get(`${RENDER}/${system}/${index === 0 ? '' : `${environment}/`}render.yaml`);
      return text === undefined ? [] : [[`${environment}/${system}`, servicesOfBlueprint(parse(text))] as const];
    }),
  );
  return new Map(all);
}

/** The days of a month, as requirements count them. */
const DAYS = 30.4;

/** US$ a month for language models, by `requirements.ai` and the prices of a million tokens. Undefined where one of them is missing. */
function tokensOf({ values }: Built): number | undefined {
  const at = (...path: string[]) => valueAt(values, path);
  const numbers = [
    at('requirements', 'ai', 'requestsPerDay'),
    at('requirements', 'ai', 'inputTokens'),
    at('monitoring', 'metrics', 'ai', 'prices', 'input'),
    at('requirements', 'ai', 'outputTokens'),
    at('monitoring', 'metrics', 'ai', 'prices', 'output'),
  ];
  if (numbers.some((one) => typeof one !== 'number')) return undefined;
  const [requests, input, inputPrice, output, outputPrice] = numbers as [number, number, number, number, number];
  return (DAYS * requests * (input * inputPrice + output * outputPrice)) / 1e6;
}

/** The services of several systems on Render: those of their Blueprints, or else what their workloads need. */
function renderOf(built: readonly Built[], prices: Prices, blueprints: Blueprints): RenderServices | undefined {
  const { render } = prices;
  if (render === undefined) return undefined;
  const all = built.map(
    (one) => blueprints.get(one.folder) ?? servicesOfWorkloads(workloadsIn(one.objects), serversOf([one]).size, render),
  );
  return (
    all.find((one) => 'impossible' in one) ?? {
      services: all.flatMap((one) => ('impossible' in one ? [] : one.services)),
      databases: all.flatMap((one) => ('impossible' in one ? [] : one.databases)),
    }
  );
}

/** The names of the external database servers. */
function serversOf(built: readonly Built[]): Set<string> {
  return new Set(built.flatMap(externalLimits).map(({ name }) => name));
}

/**
 * What some systems of one environment, which share a cluster, are priced by.
 *
 * @param built one system, or all of them with the platform
 */
export function pricedOf(built: readonly Built[], prices: Prices, blueprints: Blueprints): Priced {
  const tokens = built.flatMap((one) => tokensOf(one) ?? []);
  const tenants = built.flatMap(({ values }) => {
    const list = valueAt(values, ['tenants']);
    return Array.isArray(list) ? [list.length] : [];
  });
  const sum = (numbers: readonly number[]) =>
    numbers.length === 0 ? undefined : numbers.reduce((total, one) => total + one, 0);
  return {
    systems: built.map(({ system }) => system),
    workloads: workloadsIn(objectsOf(built)),
    databases: serversOf(built).size,
    tokens: sum(tokens),
    tenants: sum(tenants),
    render: renderOf(built, prices, blueprints),
  };
}

/**
 * What a change costs a month at the typical load, on the cluster that the prices name, as a sentence. Managed databases, egress and tokens
 * are not in objects, so they are not counted.
 *
 * @returns undefined without prices, where nothing changes, and where the cluster cannot run it
 */
export function costOfChange(
  root: string,
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
): string | undefined {
  const prices = loadPrices(root)?.prices;
  if (prices === undefined) return undefined;
  const monthWith = (objects: readonly ManifestObject[]) =>
    objects.length === 0 ? 0 : monthOf({ systems: [], workloads: workloadsIn(objects), databases: 0 }, prices);
  const [old, now] = [monthWith(before), monthWith(after)];
  const change = Math.round((now ?? 0) - (old ?? 0));
  if (old === undefined || now === undefined || change === 0) return undefined;
  return `costs ${change > 0 ? '+' : '−'}$${Math.abs(change)} a month (at typical load, on ${prices.cluster})`;
}
