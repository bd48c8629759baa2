import { type Port, portOfName } from './port';

/** What answers behind the name of a Service: a component, or what an operator makes. */
export interface Addressed {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly Port[];
  /** @default - nothing has its address */
  readonly service?: { readonly name: string };
}

/** A part of where something answers. Each platform prints its own, so that no description knows Kubernetes' DNS. */
export type Address = {
  readonly of: { readonly namespace: string; readonly service: string };
} & ({ readonly part: 'host' } | { readonly part: 'port'; readonly port: Port & { readonly service: number } });

/** A text that may have addresses in it. */
export type Text = string | readonly (string | Address)[];

export function isText(value: unknown): value is Text {
  return typeof value === 'string' || Array.isArray(value);
}

/** Texts one after the other, as one. */
export function textOf(...parts: readonly (Text | number)[]): Text {
  const pieces = parts.flatMap((part) => (typeof part === 'number' ? String(part) : part));
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : pieces;
}

function serviceOf({ namespace, name, service }: Addressed): Address['of'] {
  if (service === undefined) throw new Error(`${name} has no port in a Service, and so no address`);
  return { namespace, service: service.name };
}

/** The name by which something is found. */
export function hostOf(of: Addressed): Text {
  return [{ of: serviceOf(of), part: 'host' }];
}

/**
 * The port at which it answers.
 *
 * @param name @default - its main port
 * @throws when it has no such port, or none that a Service offers
 */
export function portOf(of: Addressed, name?: string): Text {
  const { service, ...port } = portOfName(of, name);
  if (service === undefined) throw new Error(`${of.name} offers its port ${port.name} in no Service`);
  return [{ of: serviceOf(of), part: 'port', port: { ...port, service } }];
}

/** `http://<host>:<port>`, with what comes before and after. */
export function urlOf(of: Addressed, { scheme = 'http', port, path = '' }: UrlParts = {}): Text {
  return textOf(`${scheme}://`, hostOf(of), ':', portOf(of, port), path);
}

export interface UrlParts {
  /** @default http */
  readonly scheme?: string;
  /** The name of the port. @default - the main one */
  readonly port?: string;
  /** @default - nothing */
  readonly path?: string;
}

/** A text with its addresses as a platform prints them. */
export function replaceAddresses(text: Text, print: (address: Address) => string): string {
  if (typeof text === 'string') return text;
  return text.map((piece) => (typeof piece === 'string' ? piece : print(piece))).join('');
}
