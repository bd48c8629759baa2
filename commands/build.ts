import { App, type Chart } from 'cdk8s';
import { platform, schemas, systems } from '../charts/systems';
import { check } from '../checks/index';
import type { Given } from '../checks/intent';
import { formatViolation, type ManifestObject, type Violation } from '../checks/violation';
import { loadEnvironments, type Settings } from '../config/load';
import { type PlatformConfig, platformOf } from '../config/platform';
import type { System } from '../constructs/system';
import { givenOf, givenOfPlatform, intentOf, together } from './intent';

/** One system, or the platform, in one environment, and what it becomes. */
export interface Built {
  readonly environment: string;
  /** Its name. */
  readonly system: string;
  /** Its folder in `dist/`. */
  readonly folder: string;
  /** What is known of a system. @default - it is the platform, which runs nothing */
  readonly facts?: System;
  /** What its environment's platform is. */
  readonly platform: PlatformConfig;
  readonly objects: readonly ManifestObject[];
  /** What its file says that the cluster has already. */
  readonly given: readonly Given[];
  readonly milliseconds: number;
}

/** A system in one environment. */
export type BuiltSystem = Built & { readonly facts: System };

export function isSystem(built: Built): built is BuiltSystem {
  return built.facts !== undefined;
}

/** What a file leads to. */
type Made = Pick<Built, 'facts' | 'objects' | 'given'>;

// An App of its own, asked once: cdk8s resolves all of an App again for each chart that it synthesizes.
const objectsOf = (chart: Chart) => chart.toJson() as ManifestObject[];

function madeOf({ environment, system, values }: Settings): Made {
  const definition = systems[system];
  if (definition === undefined) {
    const settings = values as PlatformConfig;
    return { objects: objectsOf(new platform.chart(new App(), system, settings)), given: givenOfPlatform(settings) };
  }
  const facts = definition.describe(environment, values);
  return { facts, objects: objectsOf(new definition.chart(new App(), system, facts)), given: givenOf(facts) };
}

function build(settings: Settings): Built {
  const started = performance.now();
  const made = madeOf(settings);
  const { environment, system } = settings;
  const folder = `${environment.name}/${system}`;
  return {
    environment: environment.name,
    system,
    folder,
    platform: platformOf(environment),
    ...made,
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
  const intents = built.filter(isSystem).map(({ facts }) => intentOf(facts));
  return check(objects, [...built.flatMap((one) => one.given), ...given], together(intents));
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
