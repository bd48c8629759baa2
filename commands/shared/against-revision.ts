import { parse } from 'yaml';
import { InputError } from '../../lib/base/problem';
import type { ManifestObject } from '../../lib/manifests/object';
import type { Git } from './git';

/**
 * The objects of `dist/` in a revision.
 *
 * @param scope a folder of `dist/`: `prod`, `prod/salient`
 * @param or what else the option may name, for the message. @default - nothing
 * @throws InputError when there is no repository, no such revision, or no such folder in one other than HEAD
 */
export function committedObjects(git: Git, revision: string, scope: string, or = ''): ManifestObject[] {
  const objects = committedIn(git, revision, scope, or);
  // A system, or an environment, that is new has nothing in the last commit.
  if (objects !== undefined || revision === 'HEAD') return objects ?? [];
  const message = `given "${revision}", which has no dist/${scope}, expected a revision that has it`;
  throw new InputError([{ file: '--against', message }]);
}

/** The same, or undefined where the revision has no such folder. */
export function committedIn(git: Git, revision: string, scope: string, or = ''): ManifestObject[] | undefined {
  const problem = (message: string) => new InputError([{ file: '--against', message }]);
  if (!git.isRepository) throw problem('needs a git repository, which this project is not in');
  const commit = git.commitOf(revision);
  if (commit === undefined) {
    const hint = git.isShallow ? '; this clone is shallow, git fetch --unshallow fetches the rest' : '';
    throw problem(`given "${revision}", expected a commit, branch or tag of this repository${or}${hint}`);
  }
  const files = git.filesIn(commit, `dist/${scope}`);
  if (files.size === 0) return undefined;
  return [...files].map(([path, bytes]) => {
    const object = parse(bytes.toString('utf8')) as Partial<ManifestObject> | null;
    if (typeof object?.kind === 'string' && typeof object.apiVersion === 'string' && object.metadata?.name) {
      return object as ManifestObject;
    }
    throw new InputError([
      { file: `${revision}:${path}`, message: 'is not a Kubernetes object, expected a file that synth wrote' },
    ]);
  });
}
