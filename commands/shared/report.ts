import { registry } from '../../charts';
import type { Given } from '../../lib/checks/cluster/given';
import { keyOf } from '../../lib/diff/change';
import { differenceOf } from '../../lib/diff/difference';
import type { Report } from '../../lib/diff/report';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Built, isSystem } from '../../lib/pipeline/build';
import { givenOf } from '../../lib/pipeline/intent';
import { judge } from '../../lib/pipeline/judge';

/** All objects of what was built. */
export function objectsOf(built: readonly Built[]): ManifestObject[] {
  return built.flatMap(({ objects }) => [...objects]);
}

/** What the cluster has already, as the environment files say. */
export function givenFor(built: readonly Built[]): Given[] {
  return built.filter(isSystem).flatMap(({ facts }) => givenOf(facts));
}

/** What people should hear besides: what synth would refuse, and what systems say of a change. */
export function notesOn(all: readonly Built[], wanted: readonly Built[], before: readonly ManifestObject[]): string[] {
  const old = new Map(before.map((object) => [keyOf(object), object]));
  const notices = wanted.flatMap(({ folder, system, objects }) =>
    (registry.systems[system]?.notices?.(objects, (object) => old.get(keyOf(object as ManifestObject))) ?? []).map(
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
