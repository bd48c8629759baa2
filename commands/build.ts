import { App } from 'cdk8s';
import { platform, schemas, systems } from '../charts/systems';
import { check, formatViolation, type Given, type ManifestObject, type Violation } from '../checks';
import { loadEnvironments, type PlatformConfig, type Settings } from '../config';
import type { System } from '../constructs';
import { givenOf, intentOf, together } from './intent';

/** One system, or the platform, in one environment, and what it becomes. */
export interface Built {
  readonly environment: string;
  /** Its name. */
  readonly system: string;
  /** Its folder in `dist/`. */
  readonly folder: string;
  /** What is known of a system. @default - it is the platform, which runs nothing */
  readonly facts?: System;
  readonly objects: readonly ManifestObject[];
  readonly milliseconds: number;
}

/** A system in one environment. */
export type BuiltSystem = Built & { readonly facts: System };

export function isSystem(built: Built): built is BuiltSystem {
  return built.facts !== undefined;
}

function build({ environment, system, values }: Settings): Built {
  const started = performance.now();
  const definition = systems[system];
  const facts = definition?.describe(environment, values);
  // An App of its own, asked once: cdk8s resolves all of an App again for each chart that it synthesizes.
  const app = new App();
  const chart =
    definition === undefined || facts === undefined
      ? new platform.chart(app, system, values as PlatformConfig)
      : new definition.chart(app, system, facts);
  return {
    environment: environment.name,
    system,
    folder: `${environment.name}/${system}`,
    ...(facts && { facts }),
    objects: chart.toJson() as ManifestObject[],
    milliseconds: performance.now() - started,
  };
}

/**
 * Builds every system of some environments, and their platforms.
 *
 * @throws InputError when an environment file is wrong
 */
export function buildEnvironments(root: string, environments: readonly string[]): Built[] {
  return loadEnvironments(root, environments, schemas).map(build);
}

/** Judges objects as if they were those of systems that share a cluster, which may have more than their environment file says. */
export function judgeAs(
  built: readonly Built[],
  objects: readonly ManifestObject[],
  given: readonly Given[] = [],
): Violation[] {
  const facts = built.filter(isSystem).map((one) => one.facts);
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
