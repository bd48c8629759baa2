import { differenceOf } from '../../lib/diff/difference';
import type { Report } from '../../lib/diff/report';
import type { ManifestObject } from '../../lib/manifests/object';
import type { ArgoCdPart } from '../../lib/pipeline/argocd';
import type { Built } from '../../lib/pipeline/build';
import { judge } from '../../lib/pipeline/judge';
import type { Git } from '../shared/git';
import type { Kubectl } from '../shared/kubectl';
import { givenFor, noticesOn, objectsOf } from '../shared/report';
import { tryOnCluster } from './against-cluster';
import { committedIn, committedObjects } from './against-revision';

/** What people should hear besides: what synth would refuse, and what systems say of a change. */
function notesOn(all: readonly Built[], wanted: readonly Built[], before: readonly ManifestObject[]): string[] {
  const refusals = judge(all).map((violation) => `npm run synth refuses it: ${violation}`);
  return [...refusals, ...noticesOn(wanted, before)];
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
  const changes = differenceOf(before, after, givenFor(wanted));
  return { scope, against: revision, changes, leftOver: [], notes: notesOn(built, wanted, before) };
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
    changes: differenceOf(before, after, givenFor(wanted), marks),
    leftOver,
    notes: [...notes, ...notesOn(built, wanted, before)],
  };
}
