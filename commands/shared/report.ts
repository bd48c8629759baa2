import { registry } from '../../charts';
import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import { differenceOf } from '../../lib/diff/difference';
import type { Report } from '../../lib/diff/report';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Built, isSystem } from '../../lib/pipeline/build';
import { prerequisitesOf } from '../../lib/pipeline/intent';

/** All objects of what was built. */
export function objectsOf(built: readonly Built[]): ManifestObject[] {
  return built.flatMap(({ objects }) => [...objects]);
}

/** What the cluster has already, as the environment files say. */
export function givenFor(built: readonly Built[]): Prerequisite[] {
  return built.filter(isSystem).flatMap(({ model }) => prerequisitesOf(model));
}

/** What differs between a state of some systems and what they are made now, which has been judged. */
export function reportOn(
  scope: string,
  against: string,
  before: readonly ManifestObject[],
  wanted: readonly Built[],
): Report {
  const changes = differenceOf(before, objectsOf(wanted), givenFor(wanted), registry.marks);
  return { scope, against, changes, leftOver: [], refused: false, notes: [] };
}
