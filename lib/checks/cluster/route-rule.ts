import type { ManifestObject } from '../../manifests/object';
import type { Fields } from './pods';

/** Whom an edge lets in. */
export type Audience = 'everyone' | 'nobody' | readonly string[];

/** Whose words tell an edge who may come: annotations, Middlewares, or policies. */
export type Dialect = 'nginx' | 'traefik' | 'envoy';

/** What one rule of an edge's object leads on. */
export interface RouteRule {
  readonly object: ManifestObject;
  /** Where it stands. */
  readonly path: string;
  readonly host: string;
  /** The prefix of the paths that it leads on. */
  readonly route: string;
  /** The path alone, and not what is below it. */
  readonly exact: boolean;
  /** Some requests to the path alone: those of a method, with a header, or at a listener of another host. */
  readonly narrowed: boolean;
  /** What a request must be besides, each as a text. */
  readonly conditions: readonly string[];
  /** Of the rules that fit a request, the one with the highest number takes it. */
  readonly order: number;
  readonly audience: Audience;
  /** In whose words the audience is told. @default - it is not told */
  readonly dialect?: Dialect;
  readonly class: string | undefined;
  readonly tls: boolean;
  /** One for each; a name with an @ is something that the edge has itself. */
  readonly services: readonly { readonly namespace: string; readonly name: string; readonly port: unknown }[];
  /** Where it says something whose effect is not known here. */
  readonly unsupported: readonly string[];
}

/** An address that no connection comes from. Source: RFC 919, section 7, limited broadcast. */
const NO_CLIENT = '255.255.255.255/32';

/** Whom an allowlist lets in. An empty one is none: Traefik and ingress-nginx do not look at it. */
export function audienceOf(ranges: readonly unknown[]): Audience {
  const own = ranges.map((range) => String(range).trim()).filter((range) => range !== '');
  if (own.length === 0) return 'everyone';
  return own.every((range) => range === NO_CLIENT) ? 'nobody' : own;
}

/** Whom several lists let in, of which any may be the one that counts. */
export function unionOf(audiences: readonly Audience[]): Audience {
  if (audiences.length === 0 || audiences.includes('everyone')) return 'everyone';
  const ranges = audiences.flatMap((one) => (typeof one === 'string' ? [] : one));
  return ranges.length === 0 ? 'nobody' : ranges;
}

/** The namespace of an object of an edge. */
export const namespaceOf = ({ metadata }: ManifestObject): string => metadata.namespace ?? 'default';

/** Its annotations. */
export function annotationsOf({ metadata }: ManifestObject): Fields {
  const { annotations } = metadata;
  return annotations !== null && typeof annotations === 'object' ? annotations : {};
}
