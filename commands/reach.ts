// Prints who can reach whom: `npm run reach -- --env NAME [--system NAME] [--format table|mermaid|json]`.
import { registry } from '../charts';
import { formatTable } from '../lib/base/table';
import { type OpenConnection, openConnectionsOf } from '../lib/checks/cluster/reach';
import { environmentNames } from '../lib/config/environment-folders';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';

const HELP = `Prints who can reach whom on which port, computed from the policies, Services and edges of an environment.

  npm run reach -- --env prod                        a table
  npm run reach -- --env prod --format mermaid       a diagram
  npm run reach -- --env prod --format json          for programs
  npm run reach -- --env prod --system salient       one system only`;

function table(ways: readonly OpenConnection[]): string {
  return formatTable([['FROM', 'TO', 'PORT', 'BY'], ...ways.map(({ from, to, port, by }) => [from, to, port, by])]);
}

/** Source: mermaid.js.org, Flowcharts. Texts are quoted, and a quote in them is an entity. */
function mermaid(ways: readonly OpenConnection[]): string {
  const names = [...new Set(ways.flatMap(({ from, to }) => [from, to]))];
  const text = (value: string) => `"${value.replaceAll('"', '#quot;')}"`;
  const nodes = names.map((name, index) => `  n${index}[${text(name)}]`);
  const arrows = ways.map(({ from, to, port }) => `  n${names.indexOf(from)} -->|${text(port)}| n${names.indexOf(to)}`);
  return ['flowchart LR', ...nodes, ...arrows].join('\n');
}

const FORMATS: Readonly<Record<string, (ways: readonly OpenConnection[]) => string>> = {
  table,
  mermaid,
  json: (ways) => JSON.stringify(ways, null, 2),
};

export default new Program({
  name: 'reach',
  help: HELP,
  options: { env: { type: 'string' }, system: { type: 'string' }, format: { type: 'string', default: 'table' } },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: (root) => Object.keys(registry.in(root).systems),
    format: () => Object.keys(FORMATS),
  },
  run: ({ env, system, format }, io) => {
    const built = buildEnvironments(registry, io.root, [env])
      .filter(isSystem)
      .filter((one) => system === undefined || one.system === system);
    const ways = openConnectionsOf(
      built.flatMap(({ objects }) => objects),
      built.flatMap(({ prerequisites }) => prerequisites),
    );
    io.say((FORMATS[format] as (typeof FORMATS)[string])(ways));
    return 0;
  },
});
