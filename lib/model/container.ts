import type { Image } from '../base/image';
import type { Text } from './address';
import type { Config, ConfigKey } from './config';
import type { Secret, SecretKey } from './secret';
import type { Size } from './units';

/** Request and limit, as Kubernetes quantities. */
export interface Range {
  readonly request: string;
  readonly limit: string;
}

export interface Resources {
  readonly cpu: Range;
  readonly memory: Range;
  /** Devices, which are a container's alone: the resource's name as the node's plugin says it, and how many. @default - none */
  readonly devices?: Readonly<Record<string, number>> | undefined;
}

/** How a container says that it is well: a path that answers 2xx or 3xx, a command that exits with 0, or a port that is open. */
export type Health = { readonly http: string } | { readonly exec: readonly string[] } | { readonly tcp: true };

/** When a probe asks, in seconds. */
export interface Timing {
  /** Before the first question. @default 0 */
  readonly delay?: number;
  readonly period: number;
  /** @default 3 */
  readonly timeout?: number;
  /** Wrong answers in a row that count. @default 3 */
  readonly failures?: number;
}

export interface Probes {
  readonly health: Health;
  /** Until this one succeeds the others wait. @default - every 5 s, for 2 minutes */
  readonly startup?: Timing;
  readonly liveness: Timing;
  readonly readiness: Timing;
}

/** A path that a container writes to and that is lost with the pod. Containers of one pod that name the same path share it. */
export interface Scratch {
  readonly path: string;
  /** @default 64 MiB */
  readonly size?: Size;
  /** In memory, counted against the memory limit. @default false */
  readonly memory?: boolean;
}

/** A Secret or ConfigMap that somebody else makes: an operator, cert-manager, a person. */
export interface Foreign {
  readonly foreign: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** The keys that it has before the system comes. @default - it comes with the system, from an operator */
  readonly keys?: readonly string[];
}

/** Values that a container reads as files, one a key. */
export interface Mount {
  /** The folder. */
  readonly path: string;
  readonly from: Config | Secret | Foreign;
  /** The keys that become files. @default - all */
  readonly keys?: readonly string[];
  /** The container follows changes by itself: only a new revision of the secret rolls its pods. @default false */
  readonly live?: boolean;
}

/** One container of a pod. */
export interface ContainerProps {
  readonly name: string;
  readonly image: Image;
  /** What is run. @default - the image's */
  readonly command?: readonly string[];
  /** @default - the image's */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, Text | ConfigKey | SecretKey>>;
  readonly mounts?: readonly Mount[];
  /** The only paths it can write to. @default /tmp */
  readonly scratch?: readonly Scratch[];
  readonly resources: Resources;
  /** The port it listens on. @default - none */
  readonly listens?: { readonly name: string; readonly port: number };
  /** Another one, at which Prometheus reads metrics. @default - none */
  readonly metricsPort?: number | undefined;
  /** @default - none: it is not asked */
  readonly probes?: Probes;
}

/** A container with its defaults filled in. */
export type Container = Required<Pick<ContainerProps, 'name' | 'image' | 'env' | 'mounts' | 'scratch' | 'resources'>> &
  Pick<ContainerProps, 'command' | 'args' | 'listens' | 'metricsPort' | 'probes'>;

/** Fills in the defaults of a container. */
export function container(props: ContainerProps): Container {
  return { env: {}, mounts: [], scratch: [{ path: '/tmp' }], ...props };
}
