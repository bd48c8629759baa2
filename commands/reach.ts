// Prints who can reach whom: `npm run reach -- --env NAME [--system NAME] [--format table|mermaid|json]`.
import { systems } from '../charts/systems';
import { reachOf, type Way } from '../checks/reach';
import { environmentNames } from '../config/load';
import { parseOptions } from '../config/options';
import { InputError } from '../config/problem';
import { formatTable } from '../output/table';
import { buildEnvironments, isSystem } from './build';

const HELP = `Prints who can reach whom on which port, computed from the policies, Services and edges of an environment.

  npm run reach -- --env prod                        a table
  npm run reach -- --env prod --format mermaid       a diagram
  npm run reach -- --env prod --format json          for programs
  npm run reach -- --env prod --system salient       one system alone`;

function request() {
  const options = {
    env: { type: 'string' },
    system: { type: 'string' },
    format: { type: 'string', default: 'table' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseOptions(
    'reach',
    HELP,
    { options },
    {
      env: () => environmentNames(process.cwd()),
      system: () => Object.keys(systems),
      format: () => Object.keys(FORMATS),
    },
  );
  return values;
}

function table(ways: readonly Way[]): string {
  return formatTable([['FROM', 'TO', 'PORT', 'BY'], ...ways.map(({ from, to, port, by }) => [from, to, port, by])]);
}

/** Source: mermaid.js.org, Flowcharts. Texts stand in quotes, in which a quote is an entity. */
function mermaid(ways: readonly Way[]): string {
  const names = [...new Set(ways.flatMap(({ from, to }) => [from, to]))];
  const text = (value: string) => `"${value.replaceAll('"', '#quot;')}"`;
  const nodes = names.map((name, index) => `  n${index}[${text(name)}]`);
  const arrows = ways.map(({ from, to, port }) => `  n${names.indexOf(from)} -->|${text(port)}| n${names.indexOf(to)}`);
  return ['flowchart LR', ...nodes, ...arrows].join('\n');
}

const FORMATS: Readonly<Record<string, (ways: readonly Way[]) => string>> = {
  table,
  mermaid,
  json: (ways) => JSON.stringify(ways, null, 2),
};

function main() {
  const { env, system, format, help } = request();
  if (help) return console.log(HELP);
  if (env === undefined) throw new InputError([{ file: '--env', message: `is missing\n\n${HELP}` }]);
  const built = buildEnvironments(process.cwd(), [env])
    .filter(isSystem)
    .filter((one) => system === undefined || one.system === system);
  const ways = reachOf(
    built.flatMap(({ objects }) => objects),
    built.flatMap(({ given }) => given),
  );
  console.log((FORMATS[format] as (typeof FORMATS)[string])(ways));
}

try {
  main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
