import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageVersion, imageSettingIn } from '../../lib/config/image-edit';
import type { Git } from '../shared/git';

/** Whether staging had a version of an image. */
export interface StagingLookup {
  readonly found: boolean;
  /** For messages: where it was found, or what was searched. */
  readonly explanation: string;
  /** The digest that staging had. @default - none, or staging never had the version */
  readonly digest?: string;
}

/** `v1.2.4 (sha256:…)` */
export function showVersion({ tag, digest }: ImageVersion): string {
  return digest === undefined ? tag : `${tag} (${digest})`;
}

/**
 * Searches a version of an image in the file of a staging environment, in HEAD and all its ancestors. Uncommitted changes do not count.
 *
 * @param staging the name of the environment
 * @param path of the image's setting
 * @param fallback the tag where the file does not set it
 */
export function findInStaging(
  root: string,
  git: Git,
  staging: string,
  system: string,
  path: readonly string[],
  version: ImageVersion,
  fallback: string | undefined,
): StagingLookup {
  const file = `environments/${staging}/${system}.yaml`;
  if (!git.isRepository) {
    return { found: false, explanation: 'this project is in no git repository, so there is no history to search' };
  }
  const versions = git.versionsOf(file).flatMap((bytes) => {
    const setting = imageSettingIn(file, bytes, path);
    return setting === undefined ? [] : [{ ...setting, tag: setting.tag ?? fallback }];
  });
  const sameTag = versions.filter((one) => one.tag === version.tag);
  if (sameTag.some((one) => version.digest === undefined || one.digest === version.digest)) {
    const bytes = git.filesIn('HEAD', file).get(file);
    const now = bytes && (imageSettingIn(file, bytes, path)?.tag ?? fallback);
    const current = now !== undefined && now !== version.tag ? `, and now has ${now}` : '';
    const pinned = [...new Set(sameTag.flatMap(({ digest }) => digest ?? []))];
    if (version.digest === undefined && pinned.length > 1) {
      return { found: false, explanation: `${file} had it with ${pinned.join(', ')}: choose one with --digest` };
    }
    const digest = version.digest ?? pinned[0];
    const pin = digest === undefined ? '' : `, with ${digest}`;
    return { found: true, explanation: `${file} had it${pin}${current}`, ...(digest !== undefined && { digest }) };
  }
  const others = [...new Set(sameTag.map((one) => one.digest ?? 'no digest'))];
  const isUncommitted = isInWorkingCopy(root, file, path, version);
  const hints = [
    ...(others.length > 0 ? [`it had ${version.tag} with ${others.join(', ')}`] : []),
    ...(isUncommitted ? ['the file has it now, but that is not committed'] : []),
    ...(git.isShallow ? ['this clone is shallow, git fetch --unshallow fetches the rest'] : []),
  ];
  const count = versions.length === 1 ? 'the one version' : `the ${versions.length} versions`;
  const searched = `searched ${count} of ${file} in the history of HEAD`;
  return { found: false, explanation: [searched, ...hints].join('; ') };
}

function isInWorkingCopy(root: string, file: string, path: readonly string[], { tag, digest }: ImageVersion): boolean {
  try {
    const now = imageSettingIn(file, readFileSync(join(root, file)), path);
    return now?.tag === tag && (digest === undefined || now.digest === digest);
  } catch {
    return false; // there is no such file
  }
}
