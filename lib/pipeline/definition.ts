import type { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { memoize } from '../base/memoize';
import { ARGOCD, type ArgoCdConfig, type MonitoringConfig } from '../config/argocd';
import { ENVIRONMENT, type Environment } from '../config/environment';
import { applicationNames } from '../config/environment-folders';
import type { FileSchema } from '../config/load';
import { type ClusterEnvironment, PLATFORM, type PlatformConfig, platformSchema } from '../config/platform';
import { PRICES } from '../config/prices';
import type { DeployedSystem, DeploymentTarget } from '../constructs/argocd/deployed-system';
import type { MarksOf } from '../diff/difference';
import type { Checklist } from '../model/about';
import type { Addressed } from '../model/address';
import type { Destination } from '../model/connection';
import type { System } from '../model/system';

export type { MarksOf };

/** What stands for an image of a system's own: a public image, or one that is built from a folder. */
export type StandIn = { readonly image: string } & (
  | { readonly tag: string }
  | {
      /** What the Dockerfile copies from, relative to the project's folder. */
      readonly folder: string;
      /** Relative to the project's folder. @default - the folder's own */
      readonly dockerfile?: string;
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
  /** By the setting of the image that each stands for: its keys, with dots between them. An application's depend on its services. */
  readonly images: Readonly<Record<string, StandIn>> | ((settings: Settings) => Readonly<Record<string, StandIn>>);
  /** Other settings that change with the images, such as a command, by the same kind of keys. @default - none */
  readonly changes?: (settings: Settings) => Readonly<Record<string, unknown>>;
  /** What is asked first. */
  readonly requests: (settings: Settings) => readonly TrialRequest[];
}

/** One end of a connection between services of two systems. */
export interface Link {
  /** The service of the system that states it. */
  readonly service: string;
  readonly other: {
    readonly system: string;
    readonly service: string;
    /** The name of its port. @default - the main (first) port */
    readonly port?: string | undefined;
  };
  /** Its setting. */
  readonly path: readonly PropertyKey[];
}

/** A connection to a service of another system. */
export interface OutgoingLink extends Link {
  /** The workloads that open it: those of the service, and Jobs with its variables. */
  readonly clients: readonly string[];
}

/** What the other systems of an environment have to know of one before any of them is described. */
export interface Links {
  /** All of its services, by name. */
  readonly services: Readonly<Record<string, Omit<Destination, 'port'> & Required<Addressed>>>;
  /** Its connections to services of other systems. */
  readonly connects: readonly OutgoingLink[];
  /** The services of other systems that may connect to its own. */
  readonly allows: readonly Link[];
}

/** A system: the schemas of its environment files, and its description. */
export interface SystemDefinition<Settings = unknown> extends FileSchema {
  /** Its name, which its environment file and its folder in `dist/` have, too. */
  readonly name: string;
  /** From checked settings to a model. The links are those of the environment's systems, by name. */
  readonly describe: (
    environment: ClusterEnvironment,
    settings: Settings,
    links: Readonly<Record<string, Links>>,
  ) => System;
  /** Its links with other systems. @default - no other system connects to it, nor it to another */
  readonly links?: (environment: ClusterEnvironment, settings: Settings) => Links;
  /** Finds the risks of a change of one of its objects, beside those that `lib/diff` finds. @default - none */
  readonly marks?: MarksOf;
  /** @default - it cannot be tried without its own images */
  readonly standIns?: StandIns<Settings>;
  /** Lines of its checklist, besides those of every system. @default - none */
  readonly checklist?: Checklist;
}

/**
 * Defines a system. Its settings are of the type that its own schema, and those of its collections, make.
 *
 * @example
 * export const salient = defineSystem({ name: 'salient', settings, collections: { tenants }, describe });
 */
export function defineSystem<Settings>(definition: SystemDefinition<Settings>): SystemDefinition {
  // Kept, since making a schema takes longer than a check by it, and a release or a diff reads an environment several times.
  const schemaIn = memoize((environment) => definition.settings(JSON.parse(environment)));
  const settings = (environment: Environment) => schemaIn(JSON.stringify(environment));
  return { ...definition, settings } as SystemDefinition;
}

/** One environment that has Prometheus, Grafana and Loki. */
export interface MonitoredEnvironment {
  readonly environment: string;
  readonly deployment: DeploymentTarget;
  readonly monitoring: MonitoringConfig;
}

/** The charts of `dist/argocd`. */
export interface ArgoCdCharts {
  /** A project for each system, with what it may contain, and the Applications. */
  readonly fleet: new (
    scope: Construct,
    id: string,
    props: { readonly settings: ArgoCdConfig; readonly index: readonly DeployedSystem[] },
  ) => Chart;
  /** Health checks of custom resources. */
  readonly health: new (
    scope: Construct,
    id: string,
    settings: ArgoCdConfig,
  ) => Chart;
  /** The Applications of Helm charts. */
  readonly monitoring: new (
    scope: Construct,
    id: string,
    props: MonitoredEnvironment & { readonly settings: ArgoCdConfig },
  ) => Chart;
}

/** Everything that Berth can make. `charts/index.ts` is the one list of it. */
export interface Registry {
  /** By their names, in the order of the list; {@link Registry.in} adds the applications. */
  readonly systems: Readonly<Record<string, SystemDefinition>>;
  /** Defines an application, which an environment file describes, by its name. */
  readonly application: (name: string) => SystemDefinition;
  /** The marks of all systems. */
  readonly marks: MarksOf;
  /** What a cluster needs once, independent of its systems. */
  readonly platform: new (
    scope: Construct,
    id: string,
    settings: PlatformConfig,
  ) => Chart;
  readonly argocd: ArgoCdCharts;
  /** The schemas of all files in an environment's folder, by the file's name. */
  readonly schemas: Readonly<Record<string, FileSchema>>;
  /**
   * The registry with the applications that a project's environment files describe.
   *
   * @param root the project's folder
   */
  readonly in: (root: string) => Registry;
}

/** Defines the list of everything that Berth can make. */
export function defineRegistry(
  props: Pick<Registry, 'application' | 'platform' | 'argocd'> & { readonly systems: readonly SystemDefinition[] },
): Registry {
  const coded = Object.fromEntries(props.systems.map((system) => [system.name, system]));
  const lists = props.systems.flatMap(({ collections }) => Object.keys(collections ?? {}));
  const taken = [...Object.keys(coded), ...lists, PLATFORM, ENVIRONMENT, ARGOCD, PRICES];
  const marks: MarksOf = (change, after) => {
    const name = (change.after ?? change.before)?.metadata.labels?.['app.kubernetes.io/part-of'] ?? '';
    return (coded[name] ?? props.application(name)).marks?.(change, after) ?? [];
  };
  const registryOf = (systems: Registry['systems']): Registry => ({
    ...props,
    systems,
    marks,
    schemas: { [PLATFORM]: { settings: platformSchema }, ...systems },
    in: (root) => {
      const applications = applicationNames(root, taken).map((name) => [name, props.application(name)]);
      return registryOf({ ...coded, ...Object.fromEntries(applications) });
    },
  });
  return registryOf(coded);
}
