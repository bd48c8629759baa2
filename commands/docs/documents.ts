import { groupBy } from '../../lib/base/group';
import { loadPrices } from '../../lib/config/prices';
import { estimateOf } from '../../lib/cost/estimate';
import { applicationPage } from '../../lib/document/application/application';
import type { InEnvironment } from '../../lib/document/application/programs';
import type { DocumentContext } from '../../lib/document/context';
import { documentOf } from '../../lib/document/document';
import { code, table } from '../../lib/document/markdown';
import { type Built, type BuiltSystem, isSystem } from '../../lib/pipeline/build';
import type { Registry } from '../../lib/pipeline/definition';
import { contextsOf } from '../shared/contexts';
import { blueprintsOf, pricedOf } from '../shared/costs';
import { WRITTEN } from './mark';
import { FOLDER, platformsFile, platformsOf } from './platforms';

const fileOf = ({ system, environment }: Built) => `${FOLDER}/${system}/${environment}.md`;

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
  return `${WRITTEN}\n\n# Systems\n\n${text}\n\n${table(['System', 'Documents', 'For its programmers', 'Render or Kubernetes', 'What it is'], rows)}\n`;
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
