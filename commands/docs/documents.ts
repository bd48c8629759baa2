import { groupBy } from '../../lib/base/group';
import { ClusterIndex } from '../../lib/checks/cluster/cluster-index';
import { openConnectionsOf } from '../../lib/checks/cluster/reach';
import { loadPrices } from '../../lib/config/prices';
import { estimateOf } from '../../lib/cost/estimate';
import { applicationPage } from '../../lib/document/application/application';
import type { InEnvironment } from '../../lib/document/application/programs';
import type { DocumentContext } from '../../lib/document/context';
import { documentOf } from '../../lib/document/document';
import { code, table } from '../../lib/document/markdown';
import { type Built, type BuiltSystem, isSystem } from '../../lib/pipeline/build';
import type { Registry } from '../../lib/pipeline/definition';
import { judgeAs } from '../../lib/pipeline/judge';
import { blueprintsOf, pricedOf } from '../shared/costs';
import { imagesIn } from '../shared/images';
import { FOLDER, platformsFile, platformsOf } from './platforms';

/** How each document begins. */
export const MARK = '<!-- Written by npm run docs';

const fileOf = ({ system, environment }: Built) => `${FOLDER}/${system}/${environment}.md`;

/** The settings of the images that a system's own programs have, the first one of each image. */
function imageSettings({ model, values }: BuiltSystem): string[] {
  const own = new Set(
    model.components.filter(({ stage }) => stage === 'workloads').map(({ containers: [{ image }] }) => image.image),
  );
  const images = imagesIn(values).filter(({ image }) => own.has(image));
  return [...groupBy(images, ({ image }) => image).values()].flatMap(([first]) => first?.path.join('.') ?? []);
}

/** What the documents of one environment are made from. Its objects are analysed once. */
export function contextsOf(
  registry: Registry,
  environment: readonly Built[],
  othersOf: (system: string) => readonly string[],
  costOf: (built: BuiltSystem) => DocumentContext['cost'] = () => undefined,
): DocumentContext[] {
  const objects = environment.flatMap((one) => one.objects);
  const prerequisites = environment.flatMap((one) => one.prerequisites);
  const cluster = new ClusterIndex(objects, prerequisites);
  const connections = openConnectionsOf(objects, prerequisites);
  const wrong = judgeAs(environment, objects);
  return environment.filter(isSystem).map((built) => {
    const { system, folder, model, platform } = built;
    const { checklist, collections = {} } = registry.systems[system] ?? {};
    return {
      environment: built.environment,
      folder,
      file: `environments/${folder}.yaml`,
      words: built.locate(['document']).file,
      lists: Object.keys(collections).map((list) => `environments/${built.environment}/${list}.yaml`),
      model,
      objects: built.objects,
      cluster,
      connections,
      violations: wrong.filter(({ object }) => built.objects.includes(object)).length,
      images: imageSettings(built),
      sync: platform.argocd.sync,
      logDays: platform.monitoring?.loki?.retentionDays,
      others: othersOf(system),
      cost: costOf(built),
      checklist,
    };
  });
}

const TIERS = ['development', 'staging', 'production'];

/** The page for those who write a system's programs. */
function applicationOf(system: string, all: readonly BuiltSystem[]): readonly [file: string, text: string] {
  const environments = all.map(({ environment, model }): InEnvironment => ({ environment, model }));
  const sorted = environments.sort((one, other) => TIERS.indexOf(one.model.tier) - TIERS.indexOf(other.model.tier));
  return [`${FOLDER}/${system}/application.md`, applicationPage(system, sorted)];
}

/** The page with links to all documents. */
function indexOf(systems: readonly BuiltSystem[], platforms: ReadonlyMap<string, string>): string {
  const rows = [...groupBy(systems, ({ system }) => system)].map(([system, all]) => [
    code(system),
    all.map(({ environment }) => `[${environment}](${system}/${environment}.md)`).join(', '),
    `[application](${system}/application.md)`,
    platforms.has(platformsFile(system)) ? `[platforms](${system}/platforms.md)` : '',
    all.find(({ model }) => model.about?.description !== undefined)?.model.about?.description ?? '',
  ]);
  const text =
    'What each system is in each environment: its services, network, targets, alerts, backups, disasters and procedures. And what its application has to do, so that it works there; and how it moves from Render.';
  return `${MARK}. -->\n\n# Systems\n\n${text}\n\n${table(['System', 'Documents', 'For its programmers', 'Render or Kubernetes', 'What it is'], rows)}\n`;
}

/** A function that estimates what a system costs in a cluster of its own. */
function costs(root: string, built: readonly Built[]): (built: BuiltSystem) => DocumentContext['cost'] {
  const loaded = loadPrices(root);
  if (loaded === undefined) return () => undefined;
  const { prices, yaml } = loaded;
  const blueprints = blueprintsOf(root, built);
  return (one) => ({ ...estimateOf(pricedOf([one], prices, blueprints), prices), date: prices.date, file: yaml.file });
}

/** The documents of all systems in all environments, and their index, by file. */
export function documentsOf(registry: Registry, root: string, built: readonly Built[]): Map<string, string> {
  const systems = built.filter(isSystem);
  const namesOf = (system: string) =>
    systems.filter((one) => one.system === system).map(({ environment }) => environment);
  const environments = [...groupBy(built, ({ environment }) => environment)];
  const costOf = costs(root, built);
  const contexts = environments.flatMap(([name, all]) =>
    contextsOf(registry, all, (system) => namesOf(system).filter((one) => one !== name), costOf),
  );
  const pages = [...groupBy(systems, ({ system }) => system)].map(([system, all]) => applicationOf(system, all));
  const platforms = platformsOf(root, contexts);
  return new Map([
    ...contexts.map((one, index) => [fileOf(systems[index] as BuiltSystem), documentOf(one)] as const),
    ...pages,
    ...platforms,
    ...(systems.length > 0 ? [[`${FOLDER}/README.md`, indexOf(systems, platforms)] as const] : []),
  ]);
}
