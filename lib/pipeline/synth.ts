import { countViolations } from '../checks/cluster/violation';
import { ARGOCD, INDEX } from '../config/argocd';
import { RESERVED } from '../config/environment';
import { unusedBases } from '../config/environment-folders';
import { lossesOf } from '../diff/difference';
import { RISKS } from '../diff/mark';
import { isObject, type ManifestObject, objectName } from '../manifests/object';
import { Dist } from '../output/dist';
import { fileOf } from '../output/files';
import type { Plan } from '../output/plan';
import { formatStale, formatSummary, type SummaryRow } from '../output/summary';
import { writeTree } from '../output/tree';
import { type ArgoCdPart, buildArgoCd, judgeArgoCd } from './argocd';
import { buildEnvironments } from './build';
import type { Registry } from './definition';
import { judge } from './judge';
import { type Product, print } from './print';
import { unpinnedNotes } from './privileged';
import type { Io } from './program';
import { commandFor } from './secret-commands';
import type { TargetOutput } from './target';
import { buildTargets } from './targets';
import { tinyResources } from './tiny';

/** What a synth is asked to do. */
export interface Request {
  /** Write nothing, and fail if `dist/` is not what would be written. @default false */
  readonly check?: boolean;
  /** @default - all of them */
  readonly environments?: readonly string[] | undefined;
  /** @default - all of them */
  readonly systems?: readonly string[] | undefined;
  /** A folder for all objects in one file, as the cdk8s CLI wants them: it would mix files that it prints. @default - none */
  readonly copy?: string | undefined;
}

/** The file of the cdk8s CLI's folder. */
const COPY = 'dist.k8s.yaml';

/** All objects as one stream of YAML. */
function streamOf({ systems, argocd }: Product): string {
  return [...systems, ...argocd].flatMap(({ files }) => [...files.values()]).join('');
}

/** The folders of `dist/` that are to hold what is produced and nothing else. */
export function scopeOf({ environments, systems }: Request, chosen: readonly string[]): readonly string[] | 'all' {
  if (systems !== undefined) return chosen.flatMap((name) => systems.map((one) => `${name}/${one}`));
  return environments === undefined ? 'all' : chosen;
}

/** The marks of lost data or access in one folder of `dist/`, as lines. */
function losses(folder: string, objects: readonly ManifestObject[], registry: Registry, plan: Plan): string[] {
  const made = new Map(objects.map((object) => [fileOf(folder, object), object]));
  const { before, after } = plan.changedObjects(folder, made);
  const marks = lossesOf(before.filter(isObject), after, registry.marks, objects);
  return marks.map(({ risk, message, object }) => `${folder}: ${RISKS[risk]}: ${objectName(object)}: ${message}`);
}

/** The folders of `dist/` whose system or environment is gone. */
function goneFolders({ systems }: Product, plan: Plan): string[] {
  const folders = plan.changeIn().removed.map((path) => path.split('/').slice(0, 2).join('/'));
  const present = new Set(systems.map(({ folder }) => folder));
  return [...new Set(folders)].filter(
    (folder) => !present.has(folder) && !RESERVED.includes(folder.split('/')[0] as string),
  );
}

/** The files for all environments that none of them uses. */
function unusedNotes(registry: Registry, root: string): string[] {
  const applications = Object.values(registry.in(root).systems).filter(({ layers }) => layers !== undefined);
  return unusedBases(
    root,
    applications.map(({ name }) => name),
  ).map((file) => `note: ${file} is used by no environment`);
}

/** What is printed beside the summary: the notices of systems, lost data or access, images without a digest, and the commands for Secrets that are made by hand. */
function notesOn(product: Product, registry: Registry, plan: Plan): string[] {
  const gone = goneFolders(product, plan).flatMap((folder) => [
    `${folder} is removed: environments/${folder}.yaml no longer exists`,
    ...losses(folder, [], registry, plan),
  ]);
  const present = product.systems.flatMap(({ folder, model, objects, values, locate, notices }) => {
    const commands = (model?.secrets ?? []).filter(({ source }) => source.kind === 'manual').map(commandFor);
    return [
      ...[...notices, ...(model?.notices ?? []), ...tinyResources({ values, locate })].map(
        (notice) => `${folder}: note: ${notice}`,
      ),
      ...losses(folder, objects, registry, plan),
      ...(commands.length > 0
        ? [[`# dist/${folder} needs these Secrets, made by hand:`, ...commands, ''].join('\n')]
        : []),
    ];
  });
  return [...gone, ...present, ...unpinnedNotes(product.systems)];
}

/** The row of `dist/argocd`. */
function argoCdRow(parts: readonly ArgoCdPart[], plan: Plan): SummaryRow {
  const milliseconds = parts.reduce((sum, part) => sum + part.milliseconds, 0);
  const objects = parts.reduce((sum, part) => sum + part.objects.length, 0);
  return { environment: 'all', system: ARGOCD, objects, change: plan.changeIn(ARGOCD), milliseconds };
}

/** The row of another platform: its files, which are no objects of Kubernetes. */
function targetRow({ name, files, milliseconds }: TargetOutput, plan: Plan): SummaryRow {
  return { environment: 'all', system: name, objects: files.size, change: plan.changeIn(name), milliseconds };
}

function summaryOf({ systems, argocd, targets }: Product, plan: Plan): string {
  const rows = systems.map((one) => ({ ...one, objects: one.objects.length, change: plan.changeIn(one.folder) }));
  const others = [
    ...(argocd.length > 0 ? [argoCdRow(argocd, plan)] : []),
    ...targets.filter(({ files }) => files.size > 0).map((one) => targetRow(one, plan)),
  ];
  return formatSummary([...rows, ...others], plan);
}

/**
 * Loads, describes, builds and judges environments, then prints them into `dist/`. Nothing is written while something does not hold.
 *
 * @param names all environments that there are
 * @returns the exit code
 * @throws InputError when an environment file is wrong
 */
export function synth(registry: Registry, names: readonly string[], request: Request, io: Io): number {
  const { root } = io;
  const dist = new Dist(root);
  if (!request.check) dist.recover();

  const chosen = [...new Set(request.environments ?? names)];
  const scope = scopeOf(request, chosen);
  const built = buildEnvironments(registry, root, chosen);
  const wanted = built.filter(({ system }) => request.systems?.includes(system) ?? true);
  const argoCd = buildArgoCd(registry, root, wanted, scope, dist.read(INDEX));
  const targets = buildTargets(registry, root, built, { systems: request.systems, environments: chosen });
  const violations = [...judge(built), ...(argoCd === undefined ? [] : judgeArgoCd(argoCd))];
  if (violations.length > 0) {
    io.complain([...violations, `${countViolations(violations)}; dist/ is as it was`].join('\n'));
    return 1;
  }

  const product = print(wanted, argoCd, targets, scope);
  if (request.check) {
    const plan = dist.compare(product.files, product.scope);
    (plan.isEmpty ? io.say : io.complain)(formatStale(plan));
    return plan.isEmpty ? 0 : 1;
  }
  if (request.copy !== undefined) writeTree(request.copy, [[COPY, streamOf(product)]]);
  const plan = dist.replace(product.files, product.scope);
  for (const note of [...unusedNotes(registry, root), ...notesOn(product, registry, plan)]) io.say(note);
  io.say(summaryOf(product, plan));
  return 0;
}
