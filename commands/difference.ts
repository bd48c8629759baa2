import { systems } from '../charts/systems';
import type { Given } from '../checks/intent';
import type { ManifestObject } from '../checks/violation';
import { keyOf } from '../diff/change';
import { differenceOf } from '../diff/difference';
import type { Report } from '../diff/report';
import { tryOnCluster } from './against-cluster';
import { committedIn, committedObjects } from './against-revision';
import { type Built, isSystem, judge } from './build';
import type { FleetPart } from './fleet';
import type { Git } from './git';
import { givenOf } from './intent';
import type { Kubectl } from './kubectl';

function objectsOf(built: readonly Built[]): ManifestObject[] {
  return built.flatMap(({ objects }) => [...objects]);
}

function givenFor(built: readonly Built[]): Given[] {
  return built.filter(isSystem).flatMap(({ facts }) => givenOf(facts));
}

/** What people should hear besides: what synth would refuse, and what systems say of a change. */
function notesOn(all: readonly Built[], wanted: readonly Built[], before: readonly ManifestObject[]): string[] {
  const old = new Map(before.map((object) => [keyOf(object), object]));
  const notices = wanted.flatMap(({ folder, system, objects }) =>
    (systems[system]?.notices?.(objects, (object) => old.get(keyOf(object as ManifestObject))) ?? []).map(
      (notice) => `${folder}: ${notice}`,
    ),
  );
  return [...judge(all).map((violation) => `npm run synth refuses it: ${violation}`), ...notices];
}

/** What differs between two states of the same systems that are known as a whole. */
export function reportOn(
  scope: string,
  against: string,
  before: readonly ManifestObject[],
  wanted: readonly Built[],
  all: readonly Built[] = wanted,
): Report {
  const changes = differenceOf(before, objectsOf(wanted), givenFor(wanted));
  return { scope, against, changes, leftOver: [], notes: notesOn(all, wanted, before) };
}

/**
 * What differs from `dist/` as it is committed in a revision.
 *
 * @param built every system of an environment
 * @param system the one that is asked for. @default - all of them
 * @param fleet what Argo CD is told, which changes with an environment as a whole. @default - nothing
 * @throws InputError without such a revision, or without the folder in it
 */
export function reportOnRevision(
  git: Git,
  revision: string,
  built: readonly Built[],
  environment: string,
  system?: string,
  fleet: readonly FleetPart[] = [],
): Report {
  const scope = system === undefined ? environment : `${environment}/${system}`;
  const wanted = built.filter((one) => system === undefined || one.system === system);
  const told = system === undefined ? fleet : [];
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
 * @throws InputError when there is none, or it does not answer
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
