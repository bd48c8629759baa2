// Prints what changes, and what may come of it: `npm run diff -- --env NAME [--system NAME] [--against REV|cluster] [--format FORMAT]`.
import { registry } from '../charts';
import { ARGOCD, INDEX } from '../lib/config/argocd';
import { environmentNames } from '../lib/config/load';
import { formatJson } from '../lib/diff/format/json';
import { formatMarkdown } from '../lib/diff/format/markdown';
import { formatText } from '../lib/diff/format/text';
import { RISKS } from '../lib/diff/mark';
import type { Report } from '../lib/diff/report';
import { Dist } from '../lib/output/dist';
import type { ArgoCdPart } from '../lib/pipeline/argocd';
import { buildArgoCd } from '../lib/pipeline/argocd';
import { type Built, buildEnvironments } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { reportOnCluster, reportOnRevision } from './diff/difference';
import { Git } from './shared/git';
import { Kubectl } from './shared/kubectl';

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
  .join(', ')}.`;

const FORMATS: Readonly<Record<string, (report: Report) => string>> = {
  text: formatText,
  markdown: formatMarkdown,
  json: formatJson,
};

/** What Argo CD is told because of an environment: of all of them together, and of its own charts. */
function argoCdParts(root: string, built: readonly Built[], environment: string): ArgoCdPart[] {
  const told = buildArgoCd(registry, root, built, [environment], new Dist(root).read(INDEX));
  return (told?.parts ?? []).filter(({ folder }) => [`${ARGOCD}/all`, `${ARGOCD}/${environment}`].includes(folder));
}

export default new Program({
  name: 'diff',
  help: HELP,
  options: {
    env: { type: 'string' },
    system: { type: 'string' },
    against: { type: 'string', default: 'HEAD' },
    format: { type: 'string', default: 'text' },
    'exit-code': { type: 'boolean', default: false },
    'fail-on': { type: 'string', multiple: true },
  },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: () => Object.keys(registry.systems),
    format: () => Object.keys(FORMATS),
    'fail-on': () => Object.keys(RISKS),
  },
  run: async ({ env, system, against, format, ...asked }, { root, ...io }) => {
    const built = buildEnvironments(registry, root, [env]);
    const report =
      against === 'cluster'
        ? await reportOnCluster(new Kubectl(io.env), built, env, system)
        : reportOnRevision(new Git(root), against, built, env, system, argoCdParts(root, built, env));
    io.say((FORMATS[format] as (typeof FORMATS)[string])(report));
    const risks = new Set<string>(report.changes.flatMap(({ marks }) => marks.map(({ risk }) => risk)));
    const changes = report.changes.length + report.leftOver.length > 0;
    return (asked['exit-code'] && changes) || (asked['fail-on'] ?? []).some((risk) => risks.has(risk)) ? 1 : 0;
  },
});
