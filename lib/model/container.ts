import type { Image } from '../base/image';
import type { Text } from './address';
import type { Config, ConfigKey } from './config';
import { type Port, type Ports, portOfName, portsOf } from './port';
import type { Secret, SecretKey } from './secret';
import { Size } from './units';

/** Request and limit of a resource, as Kubernetes quantities such as `100m` or `256Mi`. */
export interface ResourceRange {
  readonly request: string;
  readonly limit: string;
}

/** The compute resources of a container. Source: kubernetes.io, Resource Management for Pods and Containers. */
export interface Resources {
  readonly cpu: ResourceRange;
  readonly memory: ResourceRange;
  /** The number of devices by the resource name of their device plugin: `{ 'nvidia.com/gpu': 1 }`. @default - none */
  readonly devices?: Readonly<Record<string, number>> | undefined;
}

/**
 * What a probe does: an HTTP GET (2xx or 3xx is a success), a call of the gRPC health protocol for a service ('' is the whole server),
 * a TCP connection, or a command in the container (exit code 0 is a success). `port` is the name of a port, by default the main one.
 */
export type Health =
  | {
      readonly http: string;
      readonly port?: string;
      /** Headers of the request. @default - none */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly grpc: string; readonly port?: string }
  | { readonly tcp: true; readonly port?: string }
  | { readonly exec: readonly string[] };

/** The timing of a probe, in seconds. */
export interface Timing {
  /** Seconds before the first probe. @default 0 */
  readonly delay?: number;
  /** Seconds between two probes. */
  readonly period: number;
  /** Seconds after which a probe has failed. @default 3 */
  readonly timeout?: number;
  /** The number of failures in a row after which Kubernetes acts. @default 3 */
  readonly failures?: number;
}

/** The probes of a container: all three do the same check, unless `alive` is another one, with their own timing. */
export interface Probes {
  readonly health: Health;
  /** The check of the startup and the liveness probe. @default - `health` */
  readonly alive?: Health | undefined;
  /** The other probes start when this one has succeeded. @default - every 5 s, for 2 minutes */
  readonly startup?: Timing;
  /** Kubernetes restarts the container when this one fails. */
  readonly liveness: Timing;
  /** Services send no requests to the pod while this one fails. */
  readonly readiness: Timing;
}

/** A writable path whose content is lost with the pod. Containers of a pod that name the same path share it. */
export interface Scratch {
  readonly path: string;
  /** @default 64 MiB */
  readonly size?: Size;
  /** Whether it is in memory (tmpfs), which counts against the memory limit. @default false */
  readonly memory?: boolean;
  /** A volume of its own, for what is large: it is made with the pod and deleted with it. @default - on the disk of the node */
  readonly claim?: { readonly storageClass?: string | undefined } | undefined;
}

/** A Secret or ConfigMap that this project does not make: an operator, cert-manager or a person does. */
export interface ExistingObject {
  readonly existing: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** The keys that it must have before the system is applied. @default - an operator makes it while the system is applied */
  readonly keys?: readonly string[];
}

/** A read-only volume with a file for each key of a ConfigMap or Secret. */
export interface Mount {
  /** The folder of the files. */
  readonly path: string;
  readonly from: Config | Secret | ExistingObject;
  /** The keys to mount. @default - all keys */
  readonly keys?: readonly string[];
  /** The names of files, by their keys. @default - the keys */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether each file is mounted by itself, so that what the image has in the folder stays. @default false */
  readonly beside?: boolean;
  /** Whether the container reloads changed files itself: then only a new revision of the Secret restarts its pods. @default false */
  readonly reloadsInPlace?: boolean;
}

/** What is known of a pod only when it runs: its name, address, node or namespace, or a limit of the container in whole cores or bytes. */
export type PodFact = { readonly pod: 'name' | 'ip' | 'node' | 'namespace' } | { readonly limit: 'cpu' | 'memory' };

/** One container of a pod. */
export interface ContainerProps {
  readonly name: string;
  readonly image: Image;
  /** @default - the entrypoint of the image */
  readonly command?: readonly string[];
  /** @default - the command of the image */
  readonly args?: readonly string[];
  /** Environment variables: texts, keys of a {@link Config} or {@link Secret}, or what is known of the pod. @default - none */
  readonly env?: Readonly<Record<string, Text | ConfigKey | SecretKey | PodFact>>;
  /** What variables mean to its program, by their names, for documents. @default - what their secrets say */
  readonly meanings?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly mounts?: readonly Mount[];
  /** Writable paths, besides volumes: the root file system is read-only. @default - 64 MiB at /tmp */
  readonly scratch?: readonly Scratch[];
  /** Whether its whole root file system is writable; its component or task states the reason. @default false */
  readonly writableRoot?: boolean;
  readonly resources: Resources;
  /** The ports that it listens on. @default - none */
  readonly ports?: Ports;
  /** @default - none */
  readonly probes?: Probes | undefined;
}

/** The privileges of a container. Source: kubernetes.io, Configure a Security Context. */
export interface Hardening {
  readonly readOnlyRoot: boolean;
  /** Whether a process may gain more privileges than its parent has (setuid). */
  readonly escalation: boolean;
  /** Linux capabilities that it keeps. */
  readonly capabilities: readonly string[];
  /** Whether it listens on a port below 1024, which only root may do by default. */
  readonly lowPorts: boolean;
}

/** Only root may listen on ports below this one, unless a sysctl of the pod allows it. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/** Probes with their defaults filled in. */
export type FilledProbes = Required<Probes> & { readonly alive: Health } & {
  readonly [Probe in 'startup' | 'liveness' | 'readiness']: Timing & Required<Pick<Timing, 'timeout' | 'failures'>>;
};

/** A container with its defaults filled in. */
export interface Container
  extends Required<Pick<ContainerProps, 'name' | 'image' | 'env' | 'meanings' | 'mounts' | 'resources'>>,
    Pick<ContainerProps, 'command' | 'args'> {
  readonly ports: readonly Port[];
  readonly scratch: readonly (Scratch & Required<Omit<Scratch, 'claim'>>)[];
  readonly hardening: Hardening;
  /** @default - none */
  readonly probes?: FilledProbes;
}

/** Two minutes to start: enough for most web servers, and no delay for those that start faster. */
const STARTUP: Timing = { period: 5, failures: 24 };

const SCRATCH_SIZE = Size.mebibytes(64);

const timing = (props: Timing) => ({ timeout: 3, failures: 3, ...props });

/**
 * Fills in the defaults of a container.
 *
 * @throws when its probes name a port that it does not have
 */
export function container({ ports, scratch, probes, writableRoot = false, ...props }: ContainerProps): Container {
  const open = portsOf(ports ?? {});
  for (const health of [probes?.health, probes?.alive]) {
    if (health !== undefined && !('exec' in health)) portOfName({ name: props.name, ports: open }, health.port);
  }
  return {
    env: {},
    meanings: {},
    mounts: [],
    ...props,
    ports: open,
    hardening: {
      readOnlyRoot: !writableRoot,
      escalation: false,
      capabilities: [],
      lowPorts: open.some(({ port }) => port < FIRST_UNPRIVILEGED_PORT),
    },
    scratch: (scratch ?? [{ path: '/tmp' }]).map((one) => ({ size: SCRATCH_SIZE, memory: false, ...one })),
    ...(probes !== undefined && {
      probes: {
        health: probes.health,
        alive: probes.alive ?? probes.health,
        startup: timing(probes.startup ?? STARTUP),
        liveness: timing(probes.liveness),
        readiness: timing(probes.readiness),
      },
    }),
  };
}
