/** A mount of a service in a compose file: in its short form, or of one file of a volume. */
export type ComposeVolume =
  | string
  | { readonly source: string; readonly target: string; readonly volume: { readonly subpath: string } };

/** What a stack takes from a service of a compose file. */
export interface ComposeService {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly group_add?: readonly string[];
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly post_start?: readonly { readonly command: readonly string[] }[];
  readonly stop_grace_period?: string;
  readonly cpu_quota?: number;
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources: {
      readonly limits: { readonly cpus?: string; readonly memory: string };
      readonly reservations: {
        readonly cpus: string;
        readonly memory: string;
        readonly devices?: readonly { readonly count: number }[];
      };
    };
  };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly volumes?: readonly ComposeVolume[];
}

/** A compose file, as plain data. */
export interface ComposeDocument {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes?: Readonly<Record<string, { readonly driver_opts?: Readonly<Record<string, string>> }>>;
}

/** The name of the volume of a mount, or the path beside the compose file. */
export const sourceOf = (volume: ComposeVolume) =>
  typeof volume === 'string' ? (volume.split(':')[0] as string) : volume.source;

/** The path of a mount in its container. */
export const targetOf = (volume: ComposeVolume) =>
  typeof volume === 'string' ? (volume.split(':')[1] as string) : volume.target;

/** The service whose network a service shares. */
export const besides = ({ network_mode: mode }: ComposeService) => /^service:(.*)/.exec(mode ?? '')?.[1];
