import { registry } from '../../charts';
import { differenceOf } from '../../lib/diff/difference';
import type { Report } from '../../lib/diff/report';
import type { ManifestObject } from '../../lib/manifests/object';
import type { ArgoCdPart } from '../../lib/pipeline/argocd';
import type { Built } from '../../lib/pipeline/build';
import { judge } from '../../lib/pipeline/judge';
import { committedIn, committedObjects } from '../shared/against-revision';
import type { Git } from '../shared/git';
import type { Kubectl } from '../shared/kubectl';
import { givenFor, objectsOf } from '../shared/report';
import { compareWithCluster } from './against-cluster';

/** The violations for which synth would refuse to write it, as notes. */
function refusalsOf(built: readonly Built[]): Pick<Report, 'refused' | 'notes'> {
  const notes = judge(built).map((violation) => `npm run synth refuses it: ${violation}`);
  return { refused: notes.length > 0, notes };
}

/**
 * The difference between the objects of an environment and `dist/` of a revision.
 *
 * @param built every system of an environment
 * @param system only this system. @default - all of them
 * @param parts objects for Argo CD, which are compared with a whole environment only. @default - none
 * @param costOf says what the change costs, as the last note. @default - it is not said
 * @throws InputError when the revision does not exist, or has no such folder
 */
export function reportOnRevision(
  git: Git,
  revision: string,
  built: readonly Built[],
  environment: string,
  system?: string,
  parts: readonly ArgoCdPart[] = [],
  costOf: (before: readonly ManifestObject[], after: readonly ManifestObject[]) => string | undefined = () => undefined,
): Report {
  const scope = system === undefined ? environment : `${environment}/${system}`;
  const selected = built.filter((one) => system === undefined || one.system === system);
  const argoCd = system === undefined ? parts : [];
  const before = [
    ...committedObjects(git, revision, scope, ', or cluster'),
    ...argoCd.flatMap(({ folder }) => committedIn(git, revision, folder) ?? []),
  ];
  const after = [...objectsOf(selected), ...argoCd.flatMap(({ objects }) => objects)];
  const changes = differenceOf(before, after, givenFor(selected), registry.marks);
  const { refused, notes } = refusalsOf(built);
  const cost = costOf(before, after);
  return { scope, against: revision, changes, leftOver: [], refused, notes: [...notes, ...(cost ? [cost] : [])] };
}

/**
 * What an apply would change in the cluster of kubectl's current context.
 *
 * @throws NotPossible when there is no cluster, or it does not answer
 */
export async function reportOnCluster(
  kubectl: Kubectl,
  built: readonly Built[],
  environment: string,
  system?: string,
): Promise<Report> {
  const selected = built.filter((one) => system === undefined || one.system === system);
  const names = selected.map((one) => one.system);
  const { cluster, before, after, marks, leftOver, notes } = await compareWithCluster(
    kubectl,
    objectsOf(selected),
    names,
  );
  const refusals = refusalsOf(built);
  return {
    scope: system === undefined ? environment : `${environment}/${system}`,
    against: cluster,
    changes: differenceOf(before, after, givenFor(selected), registry.marks, marks),
    leftOver,
    refused: refusals.refused,
    notes: [...notes, ...refusals.notes],
  };
}
