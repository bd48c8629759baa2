import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageVersion, imageSettingIn } from '../../lib/config/image-edit';
import type { Git } from '../shared/git';

/** The environment that a release goes through. */
export const STAGING = 'staging';

/** Whether staging had a version of an image, and what was looked at to tell. */
export interface Lookup {
  readonly had: boolean;
  /** As it is shown, such as `none of 7 versions of environments/staging/salient.yaml in the history of HEAD has it`. */
  readonly looked: string;
  /** What staging had it as. @default - it had no digest, or had it not */
  readonly digest?: string;
}

/** `v1.2.4 (sha256:…)` */
export function showVersion({ tag, digest }: ImageVersion): string {
  return digest === undefined ? tag : `${tag} (${digest})`;
}

/**
 * Looks whether a version of an image stood in staging's file in any commit that HEAD comes from. What is not committed does not count.
 *
 * @param path of the image's setting
 * @param otherwise the tag that stands for it where nothing is said
 */
export function lookInStaging(
  root: string,
  git: Git,
  system: string,
  path: readonly string[],
  version: ImageVersion,
  otherwise: string | undefined,
): Lookup {
  const file = `environments/${STAGING}/${system}.yaml`;
  if (!git.isRepository) {
    return { had: false, looked: `this project is in no git repository, so that what ${STAGING} had cannot be told` };
  }
  const versions = git.versionsOf(file).flatMap((bytes) => {
    const said = imageSettingIn(file, bytes, path);
    return said === undefined ? [] : [{ ...said, tag: said.tag ?? otherwise }];
  });
  const had = versions.filter((one) => one.tag === version.tag);
  if (had.some((one) => version.digest === undefined || one.digest === version.digest)) {
    const bytes = git.filesIn('HEAD', file).get(file);
    const now = bytes && (imageSettingIn(file, bytes, path)?.tag ?? otherwise);
    const back = now !== undefined && now !== version.tag ? `, and has ${now} now` : '';
    const pinned = [...new Set(had.flatMap(({ digest }) => digest ?? []))];
    if (version.digest === undefined && pinned.length > 1) {
      return { had: false, looked: `${file} had it as ${pinned.join(', ')}: say which by --digest` };
    }
    const digest = version.digest ?? pinned[0];
    const as = digest === undefined ? '' : `, as ${digest}`;
    return { had: true, looked: `${file} had it${as}${back}`, ...(digest !== undefined && { digest }) };
  }
  const others = [...new Set(had.map((one) => one.digest ?? 'no digest'))];
  const isSaid = isInWorkingCopy(root, file, path, version);
  const hints = [
    ...(others.length > 0 ? [`with ${others.join(', ')} it had ${version.tag}`] : []),
    ...(isSaid ? ['it stands there now, but is not committed'] : []),
    ...(git.isShallow ? ['history ends early in this clone, git fetch --unshallow brings the rest'] : []),
  ];
  const count = versions.length === 1 ? 'the one version' : `the ${versions.length} versions`;
  const looked = `looked at ${count} of ${file} in the history of HEAD`;
  return { had: false, looked: [looked, ...hints].join('; ') };
}

function isInWorkingCopy(root: string, file: string, path: readonly string[], { tag, digest }: ImageVersion): boolean {
  try {
    const now = imageSettingIn(file, readFileSync(join(root, file)), path);
    return now?.tag === tag && (digest === undefined || now.digest === digest);
  } catch {
    return false; // there is no such file
  }
}
