import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import { Failure } from '../../lib/base/errors';
import { countViolations } from '../../lib/checks/cluster/violation';
import { INDEX } from '../../lib/config/argocd';
import { environmentsOfTier } from '../../lib/config/environment-folders';
import { type ImageVersion, withImage } from '../../lib/config/image-edit';
import { imagesIn } from '../../lib/config/images';
import type { Report } from '../../lib/diff/report';
import { isObject, type ManifestObject } from '../../lib/manifests/object';
import { Dist } from '../../lib/output/dist';
import { fileOf } from '../../lib/output/files';
import { buildArgoCd, judgeArgoCd } from '../../lib/pipeline/argocd';
import { type Built, buildEnvironments } from '../../lib/pipeline/build';
import { judge } from '../../lib/pipeline/judge';
import { print } from '../../lib/pipeline/print';
import { buildTargets } from '../../lib/pipeline/targets';
import { Git } from '../shared/git';
import { withCopy } from '../shared/project-copy';
import { replaceFile } from '../shared/replace-file';
import { reportOn } from '../shared/report';
import { imageOf, settingsOf } from './images';
import { findInStaging, showVersion } from './staging';
import { type Contents, contentsOf, filesOf, statedIn } from './stated';

/** A version of a component's image, and the environment that it is promoted to. */
export interface Promotion {
  readonly system: string;
  /** The path of its setting in the environment file: `backend`, `services.api`, or the last key where that is unique. */
  readonly component: string;
  readonly version: ImageVersion;
  readonly environment: string;
  /** Whether it is promoted even if staging never had it. */
  readonly force: boolean;
}

/** The result of a promotion. */
export interface Promoted {
  /** Lines to print: what was found in staging, and the version before and after. */
  readonly notes: readonly string[];
  /** What changes, or undefined where the environment had the version already and nothing was written. */
  readonly report?: Report;
  /** The command that writes the documents and commits the change. */
  readonly commit?: string;
}

/** The default tag of an image: that of an environment whose files do not set the tag, or undefined where both environments' do. */
function defaultTag(root: string, promotion: Promotion, path: readonly string[], staging: string): string | undefined {
  const { system, environment } = promotion;
  return [environment, staging].reduce<string | undefined>((found, name) => {
    const files = filesOf(system, name);
    const setting = statedIn(contentsOf(root, files), files, path);
    if (found !== undefined || setting === undefined || setting.tag !== undefined) return found;
    const key = path.join('.');
    return imagesIn(settingsOf(root, system, name)).find((one) => one.path.join('.') === key)?.version.tag;
  }, undefined);
}

/**
 * Finds the version in the history of an environment of the tier staging.
 *
 * @throws Failure when none had it and `force` is not set
 */
function requireStaging(root: string, git: Git, promotion: Promotion, path: readonly string[], name: string) {
  const { system, version, force } = promotion;
  const lookups = environmentsOfTier(root, 'staging').map((staging) => ({
    staging,
    ...findInStaging(root, git, staging, system, path, version, defaultTag(root, promotion, path, staging)),
  }));
  const had = lookups.find(({ found }) => found);
  if (had !== undefined) return { note: had.explanation, digest: had.digest };
  const [first] = lookups;
  const never =
    first === undefined
      ? 'there is no environment of the tier staging that could have had it'
      : `${lookups.map(({ staging }) => staging).join(' and ')} never had ${showVersion(version)} of ${name}: ${lookups.map(({ explanation }) => explanation).join('; ')}`;
  if (force) return { note: `${never}; promoted because of --force` };
  const command =
    first && `npm run promote -- ${system} ${name} ${version.tag} --to ${first.staging} promotes it there; `;
  throw new Failure(`${never}\n${command ?? ''}--force promotes it without staging`);
}

/** @throws Failure when there are violations, before anything is written */
function refuse(violations: readonly string[], file: string) {
  if (violations.length === 0) return;
  const message = `${violations.join('\n')}\n${countViolations(violations)}; ${file} and dist/ are unchanged`;
  throw new Failure(message);
}

/** Builds and checks an environment with an edited file, in a temporary copy. */
function buildWith(root: string, environment: string, file: string, text: string): Built[] {
  return withCopy(root, (copy) => {
    writeFileSync(join(copy, file), text);
    const built = buildEnvironments(registry, copy, [environment]);
    refuse(judge(built), file);
    return built;
  });
}

/**
 * Writes the environment file and `dist/`, or neither.
 *
 * @returns the objects of the environment that `dist/` had before
 */
function write(
  root: string,
  file: string,
  text: string,
  built: readonly Built[],
  environment: string,
): ManifestObject[] {
  const path = join(root, file);
  const before = readFileSync(path);
  const dist = new Dist(root);
  const argoCd = buildArgoCd(registry, root, built, [environment], dist.read(INDEX));
  if (argoCd !== undefined) refuse(judgeArgoCd(argoCd), file);
  const targets = buildTargets(registry, root, built, { environments: [environment] });
  const { files, scope } = print(built, argoCd, targets, [environment]);
  replaceFile(path, text);
  try {
    const plan = dist.replace(files, scope);
    const objects = built.flatMap((one) => one.objects.map((object) => [fileOf(one.folder, object), object] as const));
    return plan.allBefore(environment, new Map(objects)).filter(isObject);
  } catch (error) {
    replaceFile(path, before);
    throw error;
  }
}

/** The place of an image's tag, for messages, or that it is the default. */
function placeOf(contents: Contents, files: [string, string], path: readonly string[]): string {
  return statedIn(contents, files, path)?.place ?? `${path.join('.')} (by default)`;
}

/** A note on changes that were not committed before the promotion. */
function uncommittedNotes(git: Git, environment: string): string[] {
  const changed = git.isRepository ? git.changedIn(`environments/${environment}`, 'dist') : [];
  if (changed.length === 0) return [];
  const shown = `${changed.slice(0, 5).join(', ')}${changed.length > 5 ? ', …' : ''}`;
  return [`had uncommitted changes, which become part of this commit: ${shown}`];
}

/**
 * Promotes a version of a component's image to an environment: edits the line, builds and checks everything, then writes the
 * environment file and `dist/`. Nothing is committed.
 *
 * @throws InputError when there is no such component, or the version is invalid
 * @throws Failure when staging never had the version and `force` is not set, or when the environment has violations with it. Nothing
 * is written then
 */
export function promote(root: string, promotion: Promotion): Promoted {
  const { system, environment } = promotion;
  let { version } = promotion;
  const { path, name, version: current, same } = imageOf(root, promotion);
  const files = filesOf(system, environment);
  const [file] = files;
  const contents = contentsOf(root, files);
  if (current.tag === version.tag && (version.digest === undefined || version.digest === current.digest)) {
    return { notes: [`${placeOf(contents, files, path)} is already ${showVersion(current)}; nothing is written`] };
  }

  const git = new Git(root);
  const notes: string[] = [];
  if (environmentsOfTier(root, 'production').includes(environment)) {
    const { note, digest } = requireStaging(root, git, promotion, path, name);
    notes.push(note);
    version = { ...version, digest: version.digest ?? digest }; // the image that staging ran, even if the tag has moved
  }

  if (same.length > 0) notes.push(`has the same image as ${same.map((one) => one.join('.')).join(', ')}: promoted too`);
  const text = [path, ...same].reduce(
    (edited, one) => withImage(file, edited, one, version),
    String(contents.get(file)),
  );
  notes.push(...uncommittedNotes(git, environment));
  const after = buildWith(root, environment, file, text);
  const before = write(root, file, text, after, environment);
  return {
    notes: [
      ...notes,
      `${placeOf(new Map([...contents, [file, Buffer.from(text)]]), files, path)}: ${showVersion(current)} → ${showVersion(version)}`,
    ],
    report: reportOn(environment, 'dist/ before', before, after),
    commit: `npm run docs && git add environments/${environment} dist docs && git commit -m "${system} ${environment}: ${name} ${version.tag}"`,
  };
}
