import type { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ArgoCdConfig, MonitoringConfig } from '../config/argocd';
import type { FileSchema } from '../config/load';
import { type ClusterEnvironment, PLATFORM, type PlatformConfig, platformSchema } from '../config/platform';
import type { DeployedSystem, DeploymentTarget } from '../constructs/argocd/deployed-system';
import type { MarksOf } from '../diff/difference';
import type { System } from '../model/system';

export type { MarksOf };

/** What stands for an image of a system's own: a public image, or one that is built from a folder with a Dockerfile. */
export type StandIn = { readonly image: string } & (
  | { readonly tag: string }
  | {
      /** Relative to the project's folder. */
      readonly folder: string;
    }
);

/** A request that shows that a system works. */
export interface TrialRequest {
  readonly host: string;
  readonly path: string;
  /** Sent as JSON by POST. @default - a GET */
  readonly body?: unknown;
}

/** How a system is tried on a cluster without its own images: `npm run up -- --stand-ins`. */
export interface StandIns<Settings> {
  /** By the setting of the image that each stands for: its keys, with dots between them. */
  readonly images: Readonly<Record<string, StandIn>>;
  /** What is asked first. */
  readonly requests: (settings: Settings) => readonly TrialRequest[];
}

/** What `npm run checklist` can answer from the objects; `people` is what they do not tell. */
export type ChecklistQuestion =
  | 'variables'
  | 'certificates'
  | 'migrations'
  | 'migrationsTested'
  | 'databaseFirst'
  | 'backups'
  | 'drills'
  | 'monitoring'
  | 'healthChecks'
  | 'images'
  | 'apply'
  | 'people';

/** The lines of a deployment's checklist, by its sections, and what answers each. */
export type Checklist = Readonly<Record<string, Readonly<Record<string, ChecklistQuestion>>>>;

/** A system: what is read of its environment file, and what it is. */
export interface SystemDefinition<Settings = unknown> extends FileSchema {
  /** Its name, and that of its environment file and its folder in `dist/`. */
  readonly name: string;
  /** From checked settings to a model. */
  readonly describe: (environment: ClusterEnvironment, settings: Settings) => System;
  /** Finds the risks of a change of one of its objects, beside those that `lib/diff` finds. @default - none */
  readonly marks?: MarksOf;
  /** @default - it cannot be tried without its own images */
  readonly standIns?: StandIns<Settings>;
  /** @default - none */
  readonly checklist?: Checklist;
}

/**
 * Defines a system. Its settings are of the type that its own schema, and those of its collections, make.
 *
 * @example
 * export const salient = defineSystem({ name: 'salient', settings, collections: { tenants }, describe });
 */
export function defineSystem<Settings>(definition: SystemDefinition<Settings>): SystemDefinition {
  return definition as SystemDefinition;
}

/** One environment that has Prometheus, Grafana and Loki. */
export interface MonitoredEnvironment {
  readonly environment: string;
  readonly deployment: DeploymentTarget;
  readonly monitoring: MonitoringConfig;
}

/** What Argo CD is told, as charts. */
export interface ArgoCdCharts {
  /** What each system may do, and where it is told what there is. */
  readonly fleet: new (
    scope: Construct,
    id: string,
    props: { readonly settings: ArgoCdConfig; readonly index: readonly DeployedSystem[] },
  ) => Chart;
  /** How it tells the health of what it does not know. */
  readonly health: new (
    scope: Construct,
    id: string,
    settings: ArgoCdConfig,
  ) => Chart;
  /** What it installs from Helm charts. */
  readonly monitoring: new (
    scope: Construct,
    id: string,
    props: MonitoredEnvironment & { readonly settings: ArgoCdConfig },
  ) => Chart;
}

/** All that can be made. `charts/index.ts` is the one list of it. */
export interface Registry {
  /** By their names, in the order in which they are told. */
  readonly systems: Readonly<Record<string, SystemDefinition>>;
  /** The marks of all systems. */
  readonly marks: MarksOf;
  /** What a cluster needs once, whatever systems it has. */
  readonly platform: new (
    scope: Construct,
    id: string,
    settings: PlatformConfig,
  ) => Chart;
  readonly argocd: ArgoCdCharts;
  /** Of whatever has a file in an environment's folder, by its name. */
  readonly schemas: Readonly<Record<string, FileSchema>>;
}

/** Makes the list of all that can be made. */
export function defineRegistry(
  props: Pick<Registry, 'platform' | 'argocd'> & { readonly systems: readonly SystemDefinition[] },
): Registry {
  const systems = Object.fromEntries(props.systems.map((system) => [system.name, system]));
  const marks: MarksOf = (change) => props.systems.flatMap((system) => system.marks?.(change) ?? []);
  return { ...props, systems, marks, schemas: { [PLATFORM]: { settings: platformSchema }, ...systems } };
}
