import { Duration, type Size } from 'cdk8s';
import type { ConfigKey } from './config-map';
import type { SecretKey } from './secrets';
import type { Route } from './site';

/** A container image. */
export interface Image {
  /** The repository, without a tag. */
  readonly image: string;
  readonly tag: string;
  /** `sha256:…`; when given, it decides and the tag is for people. */
  readonly digest?: string | undefined;
}

/** Request and limit, as Kubernetes quantities. */
export interface Range {
  readonly request: string;
  readonly limit: string;
}

export interface Resources {
  readonly cpu: Range;
  readonly memory: Range;
}

/** A fixed number of replicas, or (with `max`) a number that follows the load. */
export interface Scale {
  /** @default - the load decides, between `min` and `max` */
  readonly replicas?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Mean CPU use that is aimed at, in % of the request. @default - CPU does not scale */
  readonly cpu?: number | undefined;
  /** Mean memory use that is aimed at, in % of the request. @default - memory does not scale */
  readonly memory?: number | undefined;
}

/** How a container says that it is well: an HTTP path that answers 2xx or 3xx, or a command that exits with 0. */
export type Health = { readonly http: string } | { readonly exec: readonly string[] };

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

/** How a pod ends: it leaves the Services first, then finishes what it has begun. */
export interface Stop {
  /** How long requests may still arrive after the pod was told to end. @default 10 s */
  readonly leave: Duration;
  /** How long it may take to finish them. @default 20 s */
  readonly drain: Duration;
}

/** A path that a container writes to and that is lost with the pod. */
export interface Scratch {
  readonly path: string;
  /** @default 64 MiB */
  readonly size?: Size;
  /** In memory, counted against the memory limit. @default false */
  readonly memory?: boolean;
}

/** A path whose content outlives the pod. A component with storage is one pod, replaced and never doubled. */
export interface Storage {
  readonly path: string;
  /** A Kubernetes quantity. */
  readonly size: string;
  /** @default - the cluster's default */
  readonly storageClass?: string | undefined;
}

/** Whom a component opens connections to. */
export type Connection =
  | { readonly to: Component }
  | {
      /** Who that is, for people. */
      readonly to: string;
      readonly port: number;
      readonly cidrs: readonly { readonly cidr: string; readonly except?: readonly string[] }[];
    };

/** Each fact of one workload, once. Deployment, Service, policies and edge are derived from it. */
export interface ComponentProps {
  /** The system that it belongs to: the value of its `app` label. */
  readonly system: string;
  readonly namespace: string;
  /** The value of its `component` label, and the name of its objects. */
  readonly name: string;
  readonly image: Image;
  /** @default - the image's */
  readonly args?: readonly string[];
  /** The port it listens on. */
  readonly port: number;
  /** The port's name. @default http */
  readonly portName?: string;
  /** Its Service: the name, and the port if it is not the container's. */
  readonly service: { readonly name: string; readonly port?: number };
  readonly env?: Readonly<Record<string, string | ConfigKey | SecretKey>>;
  readonly resources: Resources;
  readonly scale: Scale;
  readonly probes: Probes;
  readonly stop?: Partial<Stop>;
  /** The numeric user and group that it runs as. @default 10001 */
  readonly user?: number;
  /** The only paths it can write to. @default /tmp */
  readonly scratch?: readonly Scratch[];
  /** @default - none: it keeps nothing */
  readonly storage?: Storage;
  /** @default - none: it opens no connections, DNS included */
  readonly connectsTo?: readonly Connection[];
  /** Where the edge offers it. @default - nowhere */
  readonly exposed?: readonly Route[];
}

/** A component with its defaults filled in. */
export type Component = Required<Omit<ComponentProps, 'args' | 'storage' | 'service' | 'stop'>> &
  Pick<ComponentProps, 'args' | 'storage'> & {
    readonly service: { readonly name: string; readonly port: number };
    readonly stop: Stop;
  };

/** Fills in the defaults of a component. */
export function component(props: ComponentProps): Component {
  return {
    portName: 'http',
    env: {},
    user: 10001,
    scratch: [{ path: '/tmp' }],
    connectsTo: [],
    exposed: [],
    ...props,
    service: { port: props.port, ...props.service },
    stop: { leave: Duration.seconds(10), drain: Duration.seconds(20), ...props.stop },
  };
}

/** `repository:tag@digest`: with a digest the tag only tells people what it is. */
export function imageReference({ image, tag, digest }: Image): string {
  return digest === undefined ? `${image}:${tag}` : `${image}:${tag}@${digest}`;
}

/** Whether the image behind a reference may become another one: a tag without a digit names no version. */
export function mayMove({ tag, digest }: Image): boolean {
  return digest === undefined && !/\d/.test(tag);
}
