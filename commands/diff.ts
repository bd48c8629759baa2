// Prints what changes, and the risks of each change: `npm run diff -- --env NAME [--system NAME] [--against REV|cluster] [--format FORMAT]`.
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { ARGOCD, INDEX } from '../lib/config/argocd';
import { RESERVED } from '../lib/config/environment';
import { environmentNames } from '../lib/config/environment-folders';
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
import { costOfChange } from './shared/costs';
import { Git } from './shared/git';
import { Kubectl } from './shared/kubectl';

const HELP = `Prints what the environment files change, by object and field, with a mark for each risk.

  npm run diff -- --env prod                       since the last commit
  npm run diff -- --env prod --against REV         against dist/ of a commit, branch or tag
  npm run diff -- --env prod --against cluster     against the cluster of kubectl's current context; a dry run
  npm run diff -- --env prod --system salient      one system only
  npm run diff -- --env prod --format markdown     for a pull request; json: for programs
  npm run diff -- --env prod --exit-code           exits with 1 when something changes
  npm run diff -- --env prod --fail-on data        exits with 1 when a change has this mark (may be repeated)

With environments/prices.yaml, the last line says what a change since a revision costs a month.
It also exits with 1 when npm run synth would refuse the environment. An environment that is gone is compared with a revision, too.

Marks, the most severe first: ${Object.entries(RISKS)
  .map(([risk, meaning]) => `${risk} (${meaning})`)
  .join(', ')}.`;

const FORMATS: Readonly<Record<string, (report: Report) => string>> = {
  text: formatText,
  markdown: formatMarkdown,
  json: formatJson,
};

/** The parts of `dist/argocd` that depend on an environment: those of all environments together, and its own charts. */
function argoCdParts(root: string, built: readonly Built[], environment: string): ArgoCdPart[] {
  const argoCd = buildArgoCd(registry, root, built, [environment], new Dist(root).read(INDEX));
  return (argoCd?.parts ?? []).filter(({ folder }) => [`${ARGOCD}/all`, `${ARGOCD}/${environment}`].includes(folder));
}

/** The environments, and those that are gone but are still in the last commit's `dist/`. */
function comparableEnvironments(root: string): string[] {
  const git = new Git(root);
  const committed = git.isRepository ? git.foldersIn('HEAD', 'dist') : [];
  return [...new Set([...environmentNames(root), ...committed.filter((name) => !RESERVED.includes(name))])];
}

/**
 * The systems of an environment; none if the environment is gone.
 *
 * @throws InputError when it is gone and is to be compared with a cluster
 */
function builtOf(root: string, env: string, against: string): Built[] {
  if (environmentNames(root).includes(env)) return buildEnvironments(registry, root, [env]);
  if (against === 'cluster') {
    const message = `given "${env}", which environments/ no longer has, expected an environment; compare it with a revision`;
    throw new InputError([{ file: '--env', message }]);
  }
  return [];
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
    env: comparableEnvironments,
    system: (root) => Object.keys(registry.in(root).systems),
    format: () => Object.keys(FORMATS),
    'fail-on': () => Object.keys(RISKS),
  },
  run: async ({ env, system, against, format, ...options }, { root, ...io }) => {
    const built = builtOf(root, env, against);
    const report =
      against === 'cluster'
        ? await reportOnCluster(new Kubectl(io.env), built, env, system)
        : reportOnRevision(new Git(root), against, built, env, system, argoCdParts(root, built, env), (before, after) =>
            costOfChange(root, before, after),
          );
    io.say((FORMATS[format] as (typeof FORMATS)[string])(report));
    const risks = new Set<string>(report.changes.flatMap(({ marks }) => marks.map(({ risk }) => risk)));
    const changes = report.changes.length + report.leftOver.length > 0;
    const failed = (options['exit-code'] && changes) || (options['fail-on'] ?? []).some((risk) => risks.has(risk));
    return failed || report.refused ? 1 : 0;
  },
});
