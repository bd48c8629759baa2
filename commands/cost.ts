// Prints what systems reserve and cost: `npm run cost -- --env NAME [--system NAME] [--format FORMAT]`.
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { environmentNames, FOLDER } from '../lib/config/environment-folders';
import { loadPrices, PRICES } from '../lib/config/prices';
import { estimateOf } from '../lib/cost/estimate';
import { sharesOf } from '../lib/cost/share';
import { loadsOf } from '../lib/cost/use';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { chartOf } from './cost/chart';
import { type CostReport, formatJson, formatText } from './cost/report';
import { blueprintsOf, pricedOf } from './shared/costs';

const HELP = `Prints what the systems of an environment reserve, at the fewest pods, at a typical load and at the most, and what a month costs on Render
and on each kind of cluster in environments/prices.yaml; and from which load a cluster is cheaper than Render, and why. docs/cost.md explains it.

  npm run cost -- --env prod                      all systems together, which share a cluster
  npm run cost -- --env prod --system salient     one system, in a cluster of its own
  npm run cost -- --env prod --format json        for programs; svg: a chart`;

const FORMATS: Readonly<Record<string, (report: CostReport) => string>> = {
  table: formatText,
  json: formatJson,
  svg: chartOf,
};

export default new Program({
  name: 'cost',
  help: HELP,
  options: { env: { type: 'string' }, system: { type: 'string' }, format: { type: 'string', default: 'table' } },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: (root) => Object.keys(registry.in(root).systems),
    format: () => Object.keys(FORMATS),
  },
  run: ({ env, system, format }, { root, say }) => {
    const file = `${FOLDER}/${PRICES}.yaml`;
    const loaded = loadPrices(root);
    if (loaded === undefined) {
      const message = 'does not exist, expected the prices of nodes and databases; docs/cost.md shows one';
      throw new InputError([{ file, message }]);
    }
    const { prices } = loaded;
    const built = buildEnvironments(registry, root, [env]);
    const blueprints = blueprintsOf(root, built);
    const systems = built.filter(isSystem).filter((one) => system === undefined || one.system === system);
    if (systems.length === 0) {
      const what = system === undefined ? 'a system' : `${system}.yaml`;
      throw new InputError([{ file: '--system', message: `${FOLDER}/${env} has no ${what}` }]);
    }
    const each = systems.map((one) => pricedOf([one], prices, blueprints));
    const all = pricedOf(systems, prices, blueprints);
    const report: CostReport = {
      scope: system === undefined ? env : `${env}/${system}`,
      prices: { file, date: prices.date, typical: prices.typical, cluster: prices.cluster },
      systems: each.map((one, index) => ({
        name: (systems[index] as (typeof systems)[number]).system,
        use: estimateOf(one, { ...prices, render: undefined }).use,
        share: sharesOf(each, all, prices.cluster, loadsOf(prices.typical).typical, prices)?.[index],
      })),
      total: estimateOf(all, prices),
    };
    say((FORMATS[format] as (typeof FORMATS)[string])(report));
    return 0;
  },
});
