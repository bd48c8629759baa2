import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { registry } from '../../charts';
import { Failure } from '../../lib/base/errors';
import { expectedOneOf } from '../../lib/base/nearest';
import { formatLocation, InputError } from '../../lib/base/problem';
import { countViolations } from '../../lib/checks/cluster/violation';
import { INDEX } from '../../lib/config/argocd';
import { type ImageVersion, imageSettingIn, withImage } from '../../lib/config/image-edit';
import { loadEnvironments } from '../../lib/config/load';
import type { Report } from '../../lib/diff/report';
import { isObject, type ManifestObject } from '../../lib/manifests/object';
import { Dist } from '../../lib/output/dist';
import { fileOf } from '../../lib/output/files';
import { buildArgoCd, judgeArgoCd } from '../../lib/pipeline/argocd';
import { type Built, buildEnvironments } from '../../lib/pipeline/build';
import { judge } from '../../lib/pipeline/judge';
import { print } from '../../lib/pipeline/print';
import { Git } from '../shared/git';
import { reportOn } from '../shared/report';
import { lookInStaging, STAGING, showVersion } from './staging';

/** A version of a component's image, and where it is to run. */
export interface Promotion {
  readonly system: string;
  /** As the environment file calls it: `backend`, `services.api`, or its last word where that is one of its own. */
  readonly component: string;
  readonly version: ImageVersion;
  readonly environment: string;
  /** Whether staging may never have had it. */
  readonly force: boolean;
}

/** What came of it. */
export interface Promoted {
  /** What was there before and what is there now, as it is shown. */
  readonly said: readonly string[];
  /** What changes, or undefined where it was there already and nothing was written. */
  readonly report?: Report;
  /** What people run next. */
  readonly commit?: string;
}

/** The developers' environment, where anything may be tried. */
const DEVELOPMENT = 'dev';

/** Settings that are an image: mappings with a repository and a tag, defaults filled in. */
function imagesIn(value: unknown, path: readonly string[] = []): { path: readonly string[]; version: ImageVersion }[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const { image, tag, digest } = value as Record<string, unknown>;
  const isImage = typeof image === 'string' && typeof tag === 'string';
  const own = isImage ? [{ path, version: { tag, digest: digest as string | undefined } }] : [];
  return [...own, ...Object.entries(value).flatMap(([key, one]) => imagesIn(one, [...path, key]))];
}

function settingsOf(root: string, system: string, environment: string): unknown {
  return loadEnvironments(root, [environment], registry.schemas).find((one) => one.system === system)?.values;
}

/** The image that a name means. */
function imageOf({ system, component, environment }: Promotion, root: string) {
  const settings = settingsOf(root, system, environment);
  const told = (message: string) => new InputError([{ file: 'promote', message }]);
  if (settings === undefined) throw told(`environments/${environment} has no ${system}.yaml`);
  const images = imagesIn(settings).map((one) => ({ ...one, name: one.path.join('.') }));
  const exact = images.filter(({ name }) => name === component);
  const short = images.filter(({ path }) => path.at(-1) === component);
  const [found, another] = exact.length > 0 ? exact : short;
  const names = images.map(({ name }) => name);
  if (found === undefined) throw told(`given the component "${component}", ${expectedOneOf(names, component)}`);
  if (another !== undefined) {
    throw told(`given the component "${component}", expected one of ${short.map(({ name }) => name).join(', ')}`);
  }
  return found;
}

/** The tag that stands for an image where an environment file says none: that of an environment which says none, where there is one. */
function defaultTag(root: string, promotion: Promotion, path: readonly string[]): string | undefined {
  const { system, environment } = promotion;
  return [environment, STAGING].reduce<string | undefined>((found, name) => {
    const file = `environments/${name}/${system}.yaml`;
    if (found !== undefined || !existsSync(join(root, file))) return found;
    const said = imageSettingIn(file, readFileSync(join(root, file)), path);
    if (said === undefined || said.tag !== undefined) return undefined;
    const key = path.join('.');
    return imagesIn(settingsOf(root, system, name)).find((one) => one.path.join('.') === key)?.version.tag;
  }, undefined);
}

/** Nothing is written while something does not hold. */
function refuse(violations: readonly string[], file: string) {
  if (violations.length === 0) return;
  const message = `${violations.join('\n')}\n${countViolations(violations)}; ${file} and dist/ are as they were`;
  throw new Failure(message);
}

/** What an environment is with another text of one of its files, built and judged beside the real one. */
function rehearse(root: string, environment: string, file: string, text: string): Built[] {
  const beside = mkdtempSync(join(tmpdir(), 'berth-promote-'));
  try {
    cpSync(join(root, 'environments', environment), join(beside, 'environments', environment), { recursive: true });
    writeFileSync(join(beside, file), text);
    const built = buildEnvironments(registry, beside, [environment]);
    refuse(judge(built), file);
    return built;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Replaces a file in one step. */
function replace(file: string, content: string | Buffer) {
  const unfinished = join(dirname(file), `.${process.pid}.new`);
  writeFileSync(unfinished, content, { mode: statSync(file).mode });
  renameSync(unfinished, file);
}

/**
 * Writes the environment file and `dist/`, or neither.
 *
 * @returns the objects of the environment as they were in `dist/`
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
  const told = buildArgoCd(registry, root, built, [environment], dist.read(INDEX));
  if (told !== undefined) refuse(judgeArgoCd(told), file);
  const { files, scope } = print(built, told, [environment]);
  replace(path, text);
  try {
    const plan = dist.replace(files, scope);
    const made = built.flatMap(({ folder, objects }) => objects.map((one) => [fileOf(folder, one), one] as const));
    return plan.allBefore(environment, new Map(made)).filter(isObject);
  } catch (error) {
    replace(path, before);
    throw error;
  }
}

/** Where a file says the tag of an image, or that it has the default. */
function placeOf(file: string, bytes: Buffer, path: readonly string[]): string {
  const said = imageSettingIn(file, bytes, path);
  const name = path.join('.');
  return said?.tag === undefined
    ? `${name} (by default)`
    : formatLocation({ file, position: said.position, path: name });
}

/** What people should know of files that were not as they are committed. */
function untidiness(git: Git, environment: string): string[] {
  const changed = git.isRepository ? git.changedIn(`environments/${environment}`, 'dist') : [];
  if (changed.length === 0) return [];
  const shown = `${changed.slice(0, 5).join(', ')}${changed.length > 5 ? ', …' : ''}`;
  return [`not committed before, and part of the same commit now: ${shown}`];
}

/**
 * Puts a version of a component's image into an environment: edits the line, builds and judges everything, then writes the
 * environment file and `dist/`. Nothing is committed.
 *
 * @throws InputError when there is no such component, when staging never had the version and nobody insists, when the version is
 * refused, or when the environment does not hold together with it; nothing is written then
 */
export function promote(root: string, promotion: Promotion): Promoted {
  const { system, environment, force } = promotion;
  let { version } = promotion;
  const { path, name, version: current } = imageOf(promotion, root);
  const file = `environments/${environment}/${system}.yaml`;
  const bytes = readFileSync(join(root, file));
  if (current.tag === version.tag && (version.digest === undefined || version.digest === current.digest)) {
    return { said: [`${placeOf(file, bytes, path)} is ${showVersion(current)} already; nothing is written`] };
  }

  const git = new Git(root);
  const said: string[] = [];
  if (environment !== STAGING && environment !== DEVELOPMENT) {
    const { had, looked, digest } = lookInStaging(root, git, system, path, version, defaultTag(root, promotion, path));
    const never = `${STAGING} never had ${showVersion(version)} of ${name}: ${looked}`;
    if (!had && !force) {
      const message = `${never}\nnpm run promote -- ${system} ${name} ${version.tag} --to ${STAGING} puts it there; --force goes on without`;
      throw new Failure(message);
    }
    said.push(had ? looked : `${never}; going on, as --force says`);
    version = { ...version, digest: version.digest ?? digest }; // what staging tried, and nothing else that has the tag now
  }

  const text = withImage(file, bytes.toString('utf8'), path, version);
  said.push(...untidiness(git, environment));
  const after = rehearse(root, environment, file, text);
  const before = write(root, file, text, after, environment);
  return {
    said: [...said, `${placeOf(file, Buffer.from(text), path)}: ${showVersion(current)} → ${showVersion(version)}`],
    report: reportOn(environment, 'what it was', before, after),
    commit: `git add environments/${environment} dist && git commit -m "${system} ${environment}: ${name} ${version.tag}"`,
  };
}
