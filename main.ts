// The composition root: environments/ → config → charts → objects → checks → output → dist/.
import { schemas, systems } from './charts/systems';
import { countViolations, type ManifestObject } from './checks/violation';
import { buildEnvironments, judge } from './commands/build';
import type { FleetPart } from './commands/fleet';
import { productOf } from './commands/product';
import { ARGOCD } from './config/argocd';
import { environmentNames } from './config/load';
import { InputError } from './config/problem';
import { HELP, parseRequest, type Request } from './config/request';
import { commandFor } from './constructs/secrets/by-hand';
import { Dist, DistError, writeTree } from './output/dist';
import type { NamedObject } from './output/files';
import type { Plan } from './output/plan';
import { formatStale, formatSummary, type SummaryRow } from './output/summary';

/** The folder that the cdk8s CLI reads manifests from; it has our standard output then, so people get the other one. */
const cliFolder = process.env.CDK8S_OUTDIR;
const say = (text: string) => (cliFolder === undefined ? process.stdout : process.stderr).write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

/** The line for what Argo CD is told. */
function fleetRow(parts: readonly FleetPart[], plan: Plan): SummaryRow {
  const milliseconds = parts.reduce((sum, part) => sum + part.milliseconds, 0);
  const objects = parts.reduce((sum, part) => sum + part.objects.length, 0);
  return { environment: 'all', system: ARGOCD, objects, change: plan.changeIn(ARGOCD), milliseconds };
}

function synth(root: string, request: Request): number {
  const dist = new Dist(root);
  if (!request.check) dist.recover();

  const built = buildEnvironments(root, request.environments);
  const wanted = built.filter(({ system }) => request.systems.includes(system));
  const { files, scope, ...product } = productOf(root, dist, wanted, request.scope);
  const violations = [...judge(built), ...product.violations];
  if (violations.length > 0) {
    complain([...violations, `${countViolations(violations)}; dist/ is as it was`].join('\n'));
    return 1;
  }

  if (request.check) {
    const plan = dist.compare(files, scope);
    (plan.isEmpty ? say : complain)(formatStale(plan));
    return plan.isEmpty ? 0 : 1;
  }
  if (cliFolder !== undefined) writeTree(cliFolder, files);
  const plan = dist.replace(files, scope);

  for (const { folder, facts, system, objects } of product.systems) {
    const before = (object: NamedObject) => plan.before(folder, object) as ManifestObject | undefined;
    for (const notice of systems[system]?.notices?.(objects, before) ?? []) say(`${folder}: ${notice}`);
    const commands = (facts?.secrets ?? []).filter(({ source }) => source.kind === 'manual').map(commandFor);
    if (commands.length > 0) say([`# dist/${folder} needs these Secrets, made by hand:`, ...commands, ''].join('\n'));
  }
  const rows = product.systems.map((one) => ({
    ...one,
    objects: one.objects.length,
    change: plan.changeIn(one.folder),
  }));
  say(formatSummary([...rows, ...(product.fleet.length > 0 ? [fleetRow(product.fleet, plan)] : [])], plan));
  return 0;
}

try {
  const root = process.cwd();
  const request = parseRequest(process.argv.slice(2), environmentNames(root), Object.keys(schemas));
  if (request.help) say(HELP);
  process.exitCode = request.help ? 0 : synth(root, request);
} catch (error) {
  // What is wrong with input, or with files and folders, is said without a stack trace.
  const expected =
    error instanceof InputError || error instanceof DistError || (error as NodeJS.ErrnoException).syscall;
  if (!expected) throw error;
  complain((error as Error).message);
  process.exitCode = 1;
}
