import { type Port, portOfName } from './port';

/** Something that clients reach through a Service: a component, or pods that an operator makes. */
export interface Addressed {
  readonly namespace: string;
  /** Used in error messages. */
  readonly name: string;
  readonly ports: readonly Port[];
  /** @default - no Service, hence no address */
  readonly service?: { readonly name: string };
}

/**
 * The host or the port of a Service, not yet rendered. Each platform renders it in its own form, so that system descriptions do not
 * depend on Kubernetes DNS names.
 */
export type Address = {
  readonly of: { readonly namespace: string; readonly service: string };
} & ({ readonly part: 'host' } | { readonly part: 'port'; readonly port: Port & { readonly service: number } });

/** A string that may contain addresses which are not rendered yet. */
export type Text = string | readonly (string | Address)[];

/** Whether a value is a {@link Text}. */
export function isText(value: unknown): value is Text {
  return typeof value === 'string' || Array.isArray(value);
}

/**
 * Concatenates strings, numbers and addresses.
 *
 * @example
 * const line = textOf('main\t', hostOf(db), '\t', portOf(db), '\n');
 */
export function textOf(...parts: readonly (Text | number)[]): Text {
  const pieces = parts.flatMap((part) => (typeof part === 'number' ? String(part) : part));
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : pieces;
}

function serviceOf({ namespace, name, service }: Addressed): Address['of'] {
  if (service === undefined) throw new Error(`${name} has no Service, expected a port with a Service port`);
  return { namespace, service: service.name };
}

/**
 * The DNS name of a component's Service.
 *
 * @example
 * env: { REDIS_HOST: hostOf(redis), REDIS_PORT: portOf(redis) }
 *
 * @throws when it has no Service
 */
export function hostOf(of: Addressed): Text {
  return [{ of: serviceOf(of), part: 'host' }];
}

/**
 * The DNS name of a component's headless Service, which has the address of each pod.
 *
 * @throws when it has none
 */
export function hostOfPods({ podsService, ...of }: Addressed & { readonly podsService?: Addressed['service'] }): Text {
  if (podsService === undefined) throw new Error(`${of.name} has no headless Service, expected podsService`);
  return hostOf({ ...of, service: podsService });
}

/**
 * The port number of a component's Service. For an example see {@link hostOf}.
 *
 * @param name the name of the port. @default - the main (first) port
 * @throws when there is no such port, or when the Service does not have it
 */
export function portOf(of: Addressed, name?: string): Text {
  const { service, ...port } = portOfName(of, name);
  if (service === undefined) throw new Error(`port ${port.name} of ${of.name} is not in a Service`);
  return [{ of: serviceOf(of), part: 'port', port: { ...port, service } }];
}

/**
 * The URL `<scheme>://<host>:<port><path>` of a component's Service.
 *
 * @example
 * env: { API_URL: urlOf(api, { path: '/v1' }) } // http://api-svc.shop-prod.svc.cluster.local:80/v1
 *
 * @throws when it has no Service, or the Service does not have the port
 */
export function urlOf(of: Addressed, { scheme = 'http', port, path = '' }: UrlParts = {}): Text {
  return textOf(`${scheme}://`, hostOf(of), ':', portOf(of, port), path);
}

/** The parts of a URL besides its host. */
export interface UrlParts {
  /** @default http */
  readonly scheme?: string;
  /** The name of the port. @default - the main (first) port */
  readonly port?: string;
  /** Begins with a slash. @default - empty */
  readonly path?: string;
}

/** A text with each address replaced by what a platform renders for it. */
export function replaceAddresses(text: Text, render: (address: Address) => string): string {
  if (typeof text === 'string') return text;
  return text.map((piece) => (typeof piece === 'string' ? piece : render(piece))).join('');
}
