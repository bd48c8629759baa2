// Prints what changes, and what may come of it: `npm run diff -- --env NAME [--system NAME] [--against REV|cluster] [--format FORMAT]`.
import { systems } from '../charts/systems';
import { ARGOCD } from '../config/argocd';
import { environmentNames } from '../config/load';
import { parseOptions } from '../config/options';
import { InputError } from '../config/problem';
import { formatJson } from '../diff/format/json';
import { formatMarkdown } from '../diff/format/markdown';
import { formatText } from '../diff/format/text';
import { RISKS } from '../diff/mark';
import type { Report } from '../diff/report';
import { Dist } from '../output/dist';
import { type Built, buildEnvironments } from './build';
import { reportOnCluster, reportOnRevision } from './difference';
import type { FleetPart } from './fleet';
import { Git } from './git';
import { Kubectl } from './kubectl';
import { productOf } from './product';

const HELP = `Prints what the environment files change, object by object and field by field, with a mark for each risk.

  npm run diff -- --env prod                       since the last commit
  npm run diff -- --env prod --against REV         since a commit, branch or tag: its dist/ is what was applied
  npm run diff -- --env prod --against cluster     on the cluster of kubectl's current context, which is only read
  npm run diff -- --env prod --system salient      one system alone
  npm run diff -- --env prod --format markdown     for a pull request; json: for programs
  npm run diff -- --env prod --exit-code           exits with 1 when something changes
  npm run diff -- --env prod --fail-on data        exits with 1 when such a mark is there (may be repeated)

Marks, the gravest first: ${Object.entries(RISKS)
  .map(([risk, meaning]) => `${risk} (${meaning})`)
  .join(', ')}.
Exits with 0, or 1 as above, or 2 when it cannot be told.`;

const FORMATS: Readonly<Record<string, (report: Report) => string>> = {
  text: formatText,
  markdown: formatMarkdown,
  json: formatJson,
};

/** What Argo CD is told because of an environment: of all of them together, and of its own charts. */
function fleetFor(root: string, built: readonly Built[], environment: string): FleetPart[] {
  const { fleet } = productOf(root, new Dist(root), built, [environment]);
  return fleet.filter(({ folder }) => [`${ARGOCD}/all`, `${ARGOCD}/${environment}`].includes(folder));
}

async function main(): Promise<number> {
  const root = process.cwd();
  const options = {
    env: { type: 'string' },
    system: { type: 'string' },
    against: { type: 'string', default: 'HEAD' },
    format: { type: 'string', default: 'text' },
    'exit-code': { type: 'boolean', default: false },
    'fail-on': { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  } as const;
  const known = {
    env: () => environmentNames(root),
    system: () => Object.keys(systems),
    format: () => Object.keys(FORMATS),
    'fail-on': () => Object.keys(RISKS),
  };
  const { env, system, against, format, help, ...asked } = parseOptions('diff', HELP, { options }, known).values;
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (env === undefined) throw new InputError([{ file: '--env', message: `is missing\n\n${HELP}` }]);
  const built = buildEnvironments(root, [env]);
  const report =
    against === 'cluster'
      ? await reportOnCluster(new Kubectl(), built, env, system)
      : reportOnRevision(new Git(root), against, built, env, system, fleetFor(root, built, env));
  console.log((FORMATS[format] as (typeof FORMATS)[string])(report));
  const risks = new Set<string>(report.changes.flatMap(({ marks }) => marks.map(({ risk }) => risk)));
  const changes = report.changes.length + report.leftOver.length > 0;
  return (asked['exit-code'] && changes) || (asked['fail-on'] ?? []).some((risk) => risks.has(risk)) ? 1 : 0;
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error) => {
    console.error(error instanceof InputError ? error.message : error);
    process.exitCode = 2;
  });
