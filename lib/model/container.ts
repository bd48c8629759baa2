import type { Image } from '../base/image';
import type { Text } from './address';
import type { Config, ConfigKey } from './config';
import { type Port, type Ports, portOfName, portsOf } from './port';
import type { Secret, SecretKey } from './secret';
import { Size } from './units';

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

/**
 * How a container says that it is well: a path that answers 2xx or 3xx, a service of gRPC's health protocol (empty: the server as a
 * whole), a port that is open, each at a port by its name; or a command that exits with 0. @default port - the main one
 */
export type Health =
  | { readonly http: string; readonly port?: string }
  | { readonly grpc: string; readonly port?: string }
  | { readonly tcp: true; readonly port?: string }
  | { readonly exec: readonly string[] };

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
export interface ExistingObject {
  readonly existing: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** The keys that it has before the system comes. @default - it comes with the system, from an operator */
  readonly keys?: readonly string[];
}

/** Values that a container reads as files, one a key. */
export interface Mount {
  /** The folder. */
  readonly path: string;
  readonly from: Config | Secret | ExistingObject;
  /** The keys that become files. @default - all */
  readonly keys?: readonly string[];
  /** The container follows changes by itself: only a new revision of the secret rolls its pods. @default false */
  readonly reloadsInPlace?: boolean;
}

/** How an image is made from sources. */
export interface Build {
  /** The folder that is sent to the builder, from the repository's root. */
  readonly context: string;
  /** In the context. @default Dockerfile */
  readonly dockerfile?: string;
  /** The stage of it that becomes the image. @default - the last */
  readonly target?: string;
}

/** One container of a pod. */
export interface ContainerProps {
  readonly name: string;
  readonly image: Image;
  /** How the image is built, for platforms that build. @default - it is only pulled */
  readonly build?: Build | undefined;
  /** What is run. @default - the image's */
  readonly command?: readonly string[];
  /** @default - the image's */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, Text | ConfigKey | SecretKey>>;
  readonly mounts?: readonly Mount[];
  /** The only paths it can write to. @default /tmp */
  readonly scratch?: readonly Scratch[];
  readonly resources: Resources;
  /** The ports that it listens on. @default - none */
  readonly ports?: Ports;
  /** @default - none: it is not asked */
  readonly probes?: Probes | undefined;
}

/** What a container may do: what a program needs that is nobody special, on every platform. */
export interface Hardening {
  readonly readOnlyRoot: boolean;
  /** Whether it may become more than it was at its start. */
  readonly escalation: boolean;
  /** Of Linux. */
  readonly capabilities: readonly string[];
  /** Whether it listens below 1024, which is root's unless that is said. */
  readonly lowPorts: boolean;
}

/** Ports below this one are root's, unless the pod says otherwise. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/** Probes with their defaults filled in. */
export type FilledProbes = Required<Probes> & {
  readonly [Question in 'startup' | 'liveness' | 'readiness']: Timing & Required<Pick<Timing, 'timeout' | 'failures'>>;
};

/** A container with its defaults filled in. */
export interface Container
  extends Required<Pick<ContainerProps, 'name' | 'image' | 'env' | 'mounts' | 'resources'>>,
    Pick<ContainerProps, 'build' | 'command' | 'args'> {
  readonly ports: readonly Port[];
  readonly scratch: readonly Required<Scratch>[];
  readonly hardening: Hardening;
  /** @default - it is not asked */
  readonly probes?: FilledProbes;
}

/** Two minutes to start, which is generous for a web server and harmless for one that is quick. */
const STARTUP: Timing = { period: 5, failures: 24 };

/** Files for a moment. */
const SCRATCH_SIZE = Size.mebibytes(64);

const timing = (asked: Timing) => ({ timeout: 3, failures: 3, ...asked });

/**
 * Fills in the defaults of a container.
 *
 * @throws when a port is asked for its health that the container has not
 */
export function container({ ports, scratch, probes, ...props }: ContainerProps): Container {
  const open = portsOf(ports ?? {});
  if (probes !== undefined && !('exec' in probes.health)) {
    portOfName({ name: props.name, ports: open }, probes.health.port);
  }
  return {
    env: {},
    mounts: [],
    ...props,
    ports: open,
    hardening: {
      readOnlyRoot: true,
      escalation: false,
      capabilities: [],
      lowPorts: open.some(({ port }) => port < FIRST_UNPRIVILEGED_PORT),
    },
    scratch: (scratch ?? [{ path: '/tmp' }]).map((one) => ({ size: SCRATCH_SIZE, memory: false, ...one })),
    ...(probes !== undefined && {
      probes: {
        health: probes.health,
        startup: timing(probes.startup ?? STARTUP),
        liveness: timing(probes.liveness),
        readiness: timing(probes.readiness),
      },
    }),
  };
}
