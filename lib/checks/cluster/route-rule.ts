import type { ManifestObject } from '../../manifests/object';
import type { Fields } from './pods';

/** The clients that an edge admits: all, none, or address ranges. */
export type Audience = 'everyone' | 'nobody' | readonly string[];

/** The dialect of an allowlist: annotations of ingress-nginx, Middlewares of Traefik, policies of Envoy Gateway. */
export type Dialect = 'nginx' | 'traefik' | 'envoy';

/** One routing rule of an edge object. */
export interface RouteRule {
  readonly object: ManifestObject;
  /** The field of the rule. */
  readonly path: string;
  readonly host: string;
  /** The path prefix that it matches. */
  readonly route: string;
  /** Whether it matches only the path itself, not paths below it. */
  readonly exact: boolean;
  /** Whether it matches only some requests to the path: of a method, with a header, or at a listener of another host. */
  readonly narrowed: boolean;
  /** The other conditions of the rule, as texts. */
  readonly conditions: readonly string[];
  /** The priority. Of all rules that match a request, the highest one is used. */
  readonly order: number;
  readonly audience: Audience;
  /** The dialect of the allowlist. @default - there is no allowlist */
  readonly dialect?: Dialect;
  /** The class of the edge that serves it. */
  readonly class: string | undefined;
  /** Whether it is served with TLS. */
  readonly tls: boolean;
  /** The backends. A name with an @ is a service of the edge itself. */
  readonly services: readonly { readonly namespace: string; readonly name: string; readonly port: unknown }[];
  /** The fields whose effect is not analysed. */
  readonly unsupported: readonly string[];
}

/** An address that no connection comes from. Source: RFC 919, section 7, limited broadcast. */
const NO_CLIENT = '255.255.255.255/32';

/** The audience of an allowlist. Traefik and ingress-nginx ignore an empty one. */
export function audienceOf(ranges: readonly unknown[]): Audience {
  const own = ranges.map((range) => String(range).trim()).filter((range) => range !== '');
  if (own.length === 0) return 'everyone';
  return own.every((range) => range === NO_CLIENT) ? 'nobody' : own;
}

/** The union of audiences. */
export function unionOf(audiences: readonly Audience[]): Audience {
  if (audiences.length === 0 || audiences.includes('everyone')) return 'everyone';
  const ranges = audiences.flatMap((one) => (typeof one === 'string' ? [] : one));
  return ranges.length === 0 ? 'nobody' : ranges;
}

/** The namespace of an edge object. */
export const namespaceOf = ({ metadata }: ManifestObject): string => metadata.namespace ?? 'default';

/** The annotations of an edge object. */
export function annotationsOf({ metadata }: ManifestObject): Fields {
  const { annotations } = metadata;
  return annotations !== null && typeof annotations === 'object' ? annotations : {};
}
