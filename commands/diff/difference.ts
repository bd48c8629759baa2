import { registry } from '../../charts';
import { differenceOf } from '../../lib/diff/difference';
import type { Report } from '../../lib/diff/report';
import type { ArgoCdPart } from '../../lib/pipeline/argocd';
import type { Built } from '../../lib/pipeline/build';
import { judge } from '../../lib/pipeline/judge';
import type { Git } from '../shared/git';
import type { Kubectl } from '../shared/kubectl';
import { givenFor, objectsOf } from '../shared/report';
import { tryOnCluster } from './against-cluster';
import { committedIn, committedObjects } from './against-revision';

/** The violations for which synth would refuse to write it. */
function refusalsOf(built: readonly Built[]): string[] {
  return judge(built).map((violation) => `npm run synth refuses it: ${violation}`);
}

/**
 * What differs from `dist/` as it is committed in a revision.
 *
 * @param built every system of an environment
 * @param system the one that is asked for. @default - all of them
 * @param parts what Argo CD is told, which changes with an environment as a whole. @default - nothing
 * @throws InputError without such a revision, or without the folder in it
 */
export function reportOnRevision(
  git: Git,
  revision: string,
  built: readonly Built[],
  environment: string,
  system?: string,
  parts: readonly ArgoCdPart[] = [],
): Report {
  const scope = system === undefined ? environment : `${environment}/${system}`;
  const wanted = built.filter((one) => system === undefined || one.system === system);
  const told = system === undefined ? parts : [];
  const before = [
    ...committedObjects(git, revision, scope),
    ...told.flatMap(({ folder }) => committedIn(git, revision, folder) ?? []),
  ];
  const after = [...objectsOf(wanted), ...told.flatMap(({ objects }) => objects)];
  const changes = differenceOf(before, after, givenFor(wanted), registry.marks);
  return { scope, against: revision, changes, leftOver: [], notes: refusalsOf(built) };
}

/**
 * What an apply would change in the cluster that kubectl talks to.
 *
 * @throws NotPossible when there is none, or it does not answer
 */
export async function reportOnCluster(
  kubectl: Kubectl,
  built: readonly Built[],
  environment: string,
  system?: string,
): Promise<Report> {
  const wanted = built.filter((one) => system === undefined || one.system === system);
  const names = wanted.map((one) => one.system);
  const { cluster, before, after, marks, leftOver, notes } = await tryOnCluster(kubectl, objectsOf(wanted), names);
  return {
    scope: system === undefined ? environment : `${environment}/${system}`,
    against: cluster,
    changes: differenceOf(before, after, givenFor(wanted), registry.marks, marks),
    leftOver,
    notes: [...notes, ...refusalsOf(built)],
  };
}
