import { parse } from 'yaml';
import { InputError } from '../../lib/base/problem';
import type { ManifestObject } from '../../lib/manifests/object';
import type { Git } from '../shared/git';

/**
 * The objects of `dist/` as they are committed in a revision.
 *
 * @param scope a folder of `dist/`: `prod`, `prod/salient`
 * @throws InputError without a repository, such a revision, or the folder in it
 */
export function committedObjects(git: Git, revision: string, scope: string): ManifestObject[] {
  const objects = committedIn(git, revision, scope);
  if (objects !== undefined) return objects;
  const message = `given "${revision}", expected one that has dist/${scope}; there it is not yet`;
  throw new InputError([{ file: '--against', message }]);
}

/** The same, or undefined where the folder is not there. */
export function committedIn(git: Git, revision: string, scope: string): ManifestObject[] | undefined {
  const told = (message: string) => new InputError([{ file: '--against', message }]);
  if (!git.isRepository) throw told('is about git, and this project is in no git repository');
  const commit = git.commitOf(revision);
  if (commit === undefined) {
    const hint = git.isShallow ? '; history ends early here, git fetch --unshallow brings the rest' : '';
    throw told(`given "${revision}", expected a commit, branch or tag of this repository, or cluster${hint}`);
  }
  const files = git.filesIn(commit, `dist/${scope}`);
  if (files.size === 0) return undefined;
  return [...files].map(([path, bytes]) => {
    const object = parse(bytes.toString('utf8')) as Partial<ManifestObject> | null;
    if (typeof object?.kind === 'string' && typeof object.apiVersion === 'string' && object.metadata?.name) {
      return object as ManifestObject;
    }
    throw new InputError([
      { file: `${revision}:${path}`, message: 'is no Kubernetes object, expected what synth wrote' },
    ]);
  });
}
