import type { ImageVersion } from '../../lib/config/image-edit';
import type { Git } from '../shared/git';
import { contentsOf, filesOf, type Stated, statedIn } from './stated';

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

/** What was searched in vain, and what may help. */
function searchedIn(
  root: string,
  git: Git,
  files: [string, string],
  path: readonly string[],
  version: ImageVersion,
  states: readonly Stated[],
): string {
  const others = [
    ...new Set(states.filter(({ tag }) => tag === version.tag).map(({ digest }) => digest ?? 'no digest')),
  ];
  const now = statedIn(contentsOf(root, files), files, path);
  const isUncommitted = now?.tag === version.tag && (version.digest === undefined || now.digest === version.digest);
  const hints = [
    ...(others.length > 0 ? [`it had ${version.tag} with ${others.join(', ')}`] : []),
    ...(isUncommitted ? ['the file has it now, but that is not committed'] : []),
    ...(git.isShallow ? ['this clone is shallow, git fetch --unshallow fetches the rest'] : []),
  ];
  const [own, base] = files;
  const searched = contentsOf(root, files).has(base) ? `${own} and ${base}` : own;
  const count = states.length === 1 ? 'the one version' : `the ${states.length} versions`;
  return [`searched ${count} of ${searched} in the history of HEAD`, ...hints].join('; ');
}

/**
 * Searches a version of an image in the files of a staging environment, in HEAD and all its ancestors. Uncommitted changes do not count.
 *
 * @param staging the name of the environment
 * @param path of the image's setting
 * @param fallback the tag where no file sets it
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
  const files = filesOf(system, staging);
  const [own] = files;
  if (!git.isRepository) {
    return { found: false, explanation: 'this project is in no git repository, so there is no history to search' };
  }
  const stated = (contents: ReadonlyMap<string, Buffer>): Stated[] => {
    const found = statedIn(contents, files, path);
    return found === undefined ? [] : [{ ...found, tag: found.tag ?? fallback }];
  };
  const states = git.statesOf(files).flatMap(stated);
  const sameTag = states.filter((one) => one.tag === version.tag);
  const [match] = sameTag.filter((one) => version.digest === undefined || one.digest === version.digest);
  if (match === undefined) return { found: false, explanation: searchedIn(root, git, files, path, version, states) };

  const now = stated(new Map(files.flatMap((file) => [...git.filesIn('HEAD', file)])))[0]?.tag;
  const current = now !== undefined && now !== version.tag ? `, and now has ${now}` : '';
  const pinned = [...new Set(sameTag.flatMap(({ digest }) => digest ?? []))];
  if (version.digest === undefined && pinned.length > 1) {
    return { found: false, explanation: `${own} had it with ${pinned.join(', ')}: choose one with --digest` };
  }
  const digest = version.digest ?? pinned[0];
  const pin = digest === undefined ? '' : `, with ${digest}`;
  return {
    found: true,
    explanation: `${own} had it${match.by}${pin}${current}`,
    ...(digest !== undefined && { digest }),
  };
}
