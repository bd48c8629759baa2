import { ENVIRONMENT, type Environment } from '../../lib/config/environment';
import { environmentOf, FOLDER, readFolder } from '../../lib/config/environment-folders';
import { isMapping } from '../../lib/config/layers';
import { PLATFORM } from '../../lib/config/platform';

type Mapping = Readonly<Record<string, unknown>>;

const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});

/** A setting of a system, which a new one takes over. */
interface Found {
  readonly system: string;
  readonly value: Mapping;
}

/** What the systems of an environment have in common, as their files say it. */
export interface Reference {
  readonly environment: Environment;
  /** The first mapping at a key, of the systems in their order. @default - no system has it */
  readonly first: (key: string) => Found | undefined;
  /** An edge that serves any host. @default - no system has an edge */
  readonly edge: Found | undefined;
  /** The names of the platform's issuers. */
  readonly issuers: readonly string[];
  /** Whether `environment.yaml` gives a setting to all applications. */
  readonly isGiven: (key: string) => boolean;
  /** All hosts that are used, and the repositories of images. */
  readonly hosts: readonly string[];
  readonly images: readonly string[];
}

/** All texts at a key, anywhere in a value. */
function textsAt(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === key && typeof one === 'string' ? [one] : textsAt(one, key),
  );
}

/** Whether the platform's issuer of an edge answers the challenges of any host by this edge. */
function servesAnyHost(edge: Mapping, platform: unknown): boolean {
  const { solvers } = mapping(mapping(mapping(platform).issuers)[String(edge.issuer)]);
  if (!Array.isArray(solvers)) return true; // no issuer, or one that asks nothing
  const general = solvers.map(mapping).find(({ zones, hosts }) => zones === undefined && hosts === undefined);
  if (general?.kind === 'gateway') return edge.kind === 'gateway';
  if (general?.kind !== 'ingress') return general !== undefined;
  return edge.kind !== 'gateway' && general.class === (edge.class ?? (edge.kind === 'ingress' ? 'nginx' : 'traefik'));
}

/**
 * Reads what the systems of an environment have in common. Files that cannot be read count as missing: synth reports them.
 *
 * @param systems the names of all systems, in their order
 */
export function referenceOf(root: string, name: string, systems: readonly string[]): Reference {
  const { readable } = readFolder(root, `${FOLDER}/${name}`, [...systems, PLATFORM, ENVIRONMENT]);
  const platform = readable.get(PLATFORM)?.value;
  const found = (key: string) =>
    systems.flatMap((system): Found[] => {
      const value = mapping(readable.get(system)?.value)[key];
      return isMapping(value) ? [{ system, value }] : [];
    });
  const values = systems.map((system) => mapping(readable.get(system)?.value));
  const common = mapping(mapping(readable.get(ENVIRONMENT)?.value).applications);
  const edges = found('edge');
  return {
    environment: environmentOf(name, readable.get(ENVIRONMENT)).env,
    first: (key) => found(key)[0],
    edge: edges.find(({ value }) => servesAnyHost(value, platform)) ?? edges[0],
    issuers: Object.keys(mapping(mapping(platform).issuers)),
    isGiven: (key) => Object.hasOwn(common, key),
    hosts: values.flatMap(({ hosts }) =>
      Object.values(mapping(hosts)).flatMap((one) => (typeof one === 'string' ? [one] : textsAt(one, 'host'))),
    ),
    images: values.flatMap((value) => textsAt(value, 'image')),
  };
}
