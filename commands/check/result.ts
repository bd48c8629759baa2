import type { Problem } from '../../lib/base/problem';
import { apiGroupOf } from '../../lib/checks/cluster/field-paths';
import { definitionVersions, tableOf } from '../../lib/checks/cluster/schema-table';
import { type JudgedViolation, LEVELS, type Level } from '../../lib/checks/cluster/violation';
import { type Exemption, exemptionsOf } from '../../lib/checks/exemptions';
import type { LeftOut } from '../../lib/manifests/left-out';
import { type ManifestObject, objectName } from '../../lib/manifests/object';
import type { ReadObject, ReadResult } from '../../lib/manifests/read';

/** The rule in reports for what cannot be read. */
export const READING = 'reading';

/** One violation, with the place of its field. */
export interface Finding {
  readonly rule: string;
  readonly level: Level;
  /** Undefined for what cannot be read. */
  readonly object?: ManifestObject;
  readonly path: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Objects of a kind that has no schema here. */
export interface KindWithoutSchema {
  readonly kind: string;
  readonly count: number;
}

/** All that a check found. */
export interface Result {
  readonly objects: number;
  readonly findings: readonly Finding[];
  readonly leftOut: readonly LeftOut[];
  readonly exemptions: readonly Exemption[];
  readonly withoutSchema: readonly KindWithoutSchema[];
  /** The versions of the definitions that were used: `Kubernetes 1.37.1`. */
  readonly definitions: readonly string[];
  /** The least level that fails. */
  readonly failing: Level;
}

/** Whether a level matters at least as much as another. */
export const isAtLeast = (level: Level, least: Level): boolean => LEVELS.indexOf(level) <= LEVELS.indexOf(least);

const fromProblem = ({ file, position, message }: Problem): Finding => ({
  ...{ rule: READING, level: 'broken', path: '', message, file },
  line: position?.line ?? 1,
  column: position?.column ?? 1,
});

/**
 * The violations without those that follow from another: of several rules for one field, only the worst is kept, and of equal ones the first.
 * A value that is wrong hides what is said about its parts.
 */
export function withoutRepetitions(violations: readonly JudgedViolation[]): JudgedViolation[] {
  const best = new Map<ManifestObject, Map<string, JudgedViolation>>();
  for (const violation of violations) {
    const ofObject = best.get(violation.object) ?? new Map<string, JudgedViolation>();
    best.set(violation.object, ofObject);
    const other = ofObject.get(violation.path);
    if (other === undefined || LEVELS.indexOf(violation.level) < LEVELS.indexOf(other.level)) {
      ofObject.set(violation.path, violation);
    }
  }
  return violations.filter((one) => {
    const kept = best.get(one.object)?.get(one.path);
    // A rule may say several things about one field.
    return kept === one || (kept?.rule === one.rule && kept.level === one.level && kept.message !== one.message);
  });
}

function schemalessKinds(objects: readonly ManifestObject[]): KindWithoutSchema[] {
  const counts = new Map<string, number>();
  for (const { apiVersion, kind } of objects) {
    if (tableOf(`${apiVersion}/${kind}`) === undefined) {
      const name = `${apiVersion} ${kind}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].sort().map(([kind, count]) => ({ kind, count }));
}

function usedDefinitions(objects: readonly ManifestObject[]): string[] {
  const groups = new Set(objects.map(({ apiVersion }) => apiGroupOf(apiVersion)));
  return [...definitionVersions()]
    .filter(([name]) => name === 'Kubernetes' || groups.has(name))
    .map(([name, version]) => `${name} ${version}`);
}

/**
 * What was found in manifests that were read.
 *
 * @param missing where to look for an object that is described, but was not read
 */
export function resultOf(
  { objects: read, problems, leftOut }: Omit<ReadResult, 'generated'>,
  violations: readonly JudgedViolation[],
  failing: Level,
  missing = '',
): Result {
  const places = new Map(read.map((one): [ManifestObject, ReadObject] => [one.object, one]));
  const objects = read.map(({ object }) => object);
  const found = violations.map(({ rule, level, object, path, message }): Finding => {
    const { file, positionOf } = places.get(object) ?? { file: missing, positionOf: () => ({ line: 1, column: 1 }) };
    return { rule, level, object, path, message, file, ...positionOf(path) };
  });
  return {
    objects: read.length,
    findings: [...problems.map(fromProblem), ...found],
    leftOut,
    exemptions: objects.flatMap(exemptionsOf),
    withoutSchema: schemalessKinds(objects),
    definitions: usedDefinitions(objects),
    failing,
  };
}

/** The result when nothing could be read. */
export const emptyResult = (problems: readonly Problem[], failing: Level): Result =>
  resultOf({ objects: [], problems, leftOut: [] }, [], failing);

export const isFailure = ({ findings, failing }: Result): boolean =>
  findings.some(({ level }) => isAtLeast(level, failing));

/** The name of a finding's object, empty for what cannot be read. */
export const subjectOf = ({ object }: Finding): string => (object === undefined ? '' : objectName(object));
