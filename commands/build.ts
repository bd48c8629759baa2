import { App } from 'cdk8s';
import { type SystemDefinition, systems } from '../charts/systems';
import { check, formatViolation, type Given, type ManifestObject, type Violation } from '../checks';
import { loadEnvironments, type Settings } from '../config';
import type { System } from '../constructs';
import { givenOf, intentOf, together } from './intent';

/** One system in one environment, and what it becomes. */
export interface Built {
  readonly environment: string;
  readonly system: string;
  /** Its folder in `dist/`. */
  readonly folder: string;
  readonly facts: System;
  readonly objects: readonly ManifestObject[];
  readonly milliseconds: number;
}

function build({ environment, system, values }: Settings): Built {
  const started = performance.now();
  const { describe, chart: SystemChart } = systems[system] as SystemDefinition;
  const facts = describe(environment, values);
  // An App of its own, asked once: cdk8s resolves all of an App again for each chart that it synthesizes.
  const objects = new SystemChart(new App(), system, facts).toJson() as ManifestObject[];
  const folder = `${environment.name}/${system}`;
  return {
    environment: environment.name,
    system,
    folder,
    facts,
    objects,
    milliseconds: performance.now() - started,
  };
}

/**
 * Builds every system of some environments.
 *
 * @throws InputError when an environment file is wrong
 */
export function buildEnvironments(root: string, environments: readonly string[]): Built[] {
  return loadEnvironments(root, environments, systems).map(build);
}

/** Judges objects as if they were those of systems that share a cluster, which may have more than their environment file says. */
export function judgeAs(
  built: readonly Built[],
  objects: readonly ManifestObject[],
  given: readonly Given[] = [],
): Violation[] {
  const facts = built.map((one) => one.facts);
  return check(objects, [...facts.flatMap(givenOf), ...given], together(facts.map(intentOf)));
}

/** Judges each environment as a whole, and says what does not hold. */
export function judge(built: readonly Built[]): string[] {
  return [...new Set(built.map(({ environment }) => environment))].flatMap((name) => {
    const systemsOf = built.filter(({ environment }) => environment === name);
    const violations = judgeAs(
      systemsOf,
      systemsOf.flatMap(({ objects }) => objects),
    );
    return violations.map((violation) => `${name}: ${formatViolation(violation)}`);
  });
}
