// The composition root: environments/ → config → charts → objects → checks → output → dist/.
import { App } from 'cdk8s';
import { type SystemDefinition, systems } from './charts/systems';
import { check, formatViolation, type ManifestObject } from './checks';
import {
  environmentNames,
  HELP,
  InputError,
  loadEnvironments,
  parseRequest,
  type Request,
  type Settings,
} from './config';
import { commandFor, type System } from './constructs';
import { Dist, DistError, formatSummary, type Plan, toFiles, writeTree } from './output';

/** One system in one environment, and what it becomes. */
interface Built {
  readonly environment: string;
  readonly system: string;
  readonly folder: string;
  readonly facts: System;
  readonly objects: readonly ManifestObject[];
  readonly files: ReadonlyMap<string, string>;
  readonly milliseconds: number;
}

/** The folder that the cdk8s CLI reads manifests from; it has our standard output then, so people get the other one. */
const cliFolder = process.env.CDK8S_OUTDIR;
const say = (text: string) => (cliFolder === undefined ? process.stdout : process.stderr).write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

function build({ environment, system, values }: Settings): Built {
  const started = performance.now();
  const { describe, chart: SystemChart } = systems[system] as SystemDefinition;
  const facts = describe(environment, values);
  // An App of its own, asked once: cdk8s resolves all of an App again for each chart that it synthesizes.
  const objects = new SystemChart(new App(), system, facts).toJson() as ManifestObject[];
  const folder = `${environment.name}/${system}`;
  const files = toFiles(folder, objects);
  return {
    environment: environment.name,
    system,
    folder,
    facts,
    objects,
    files,
    milliseconds: performance.now() - started,
  };
}

/** Judges each environment as a whole, since its systems share a cluster. */
function judge(built: readonly Built[]): string[] {
  return [...new Set(built.map(({ environment }) => environment))].flatMap((name) => {
    const objects = built.filter(({ environment }) => environment === name).flatMap((one) => one.objects);
    return check(objects).map((violation) => `${name}: ${formatViolation(violation)}`);
  });
}

function reportStale(plan: Plan): number {
  const { written, changed, removed } = plan.changeIn();
  const lines = [
    ...written.map((path) => `missing: dist/${path}`),
    ...changed.map((path) => `differs: dist/${path}`),
    ...removed.map((path) => `left over: dist/${path}`),
  ];
  if (plan.isEmpty) say('dist/ is up to date');
  else complain([...lines, `dist/ is stale in ${lines.length} files; run npm run synth and commit dist/`].join('\n'));
  return plan.isEmpty ? 0 : 1;
}

function synth(root: string, request: Request): number {
  const dist = new Dist(root);
  if (!request.check) dist.recover();

  const schemas = Object.fromEntries(Object.entries(systems).map(([name, { schema }]) => [name, schema]));
  const built = loadEnvironments(root, request.environments, schemas).map(build);
  const violations = judge(built);
  if (violations.length > 0) {
    complain([...violations, `${violations.length} violations; dist/ is as it was`].join('\n'));
    return 1;
  }

  const wanted = built.filter(({ system }) => request.systems.includes(system));
  const files = new Map(wanted.flatMap((one) => [...one.files]));
  const plan = dist.compare(files, request.scope);
  if (request.check) return reportStale(plan);
  dist.replace(plan);
  if (cliFolder !== undefined) writeTree(cliFolder, files);

  for (const { folder, facts } of wanted) {
    const commands = facts.secrets.filter(({ source }) => source.kind === 'manual').map(commandFor);
    if (commands.length > 0) say([`# dist/${folder} needs these Secrets, made by hand:`, ...commands, ''].join('\n'));
  }
  say(
    formatSummary(
      wanted.map((one) => ({ ...one, objects: one.objects.length, change: plan.changeIn(one.folder) })),
      plan,
    ),
  );
  return 0;
}

try {
  const root = process.cwd();
  const request = parseRequest(process.argv.slice(2), environmentNames(root), Object.keys(systems));
  if (request.help) say(HELP);
  process.exitCode = request.help ? 0 : synth(root, request);
} catch (error) {
  if (!(error instanceof InputError || error instanceof DistError)) throw error;
  complain(error.message);
  process.exitCode = 1;
}
