/** What answers behind a name: a component, or what an operator makes. */
export interface Addressed {
  readonly namespace: string;
  readonly service: { readonly name: string; readonly port: number };
}

/** A part of where something answers. Each platform prints its own, so that no description knows Kubernetes' DNS. */
export interface Address {
  readonly of: Addressed;
  readonly part: 'host' | 'port';
}

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

function addressOf({ namespace, service }: Addressed, part: Address['part']): Text {
  return [{ of: { namespace, service }, part }];
}

/** The name by which something is found. */
export function hostOf(of: Addressed): Text {
  return addressOf(of, 'host');
}

/** The port at which it answers. */
export function portOf(of: Addressed): Text {
  return addressOf(of, 'port');
}

/** `http://<host>:<port>`, with what comes before and after. */
export function urlOf(of: Addressed, { scheme = 'http', path = '' } = {}): Text {
  return textOf(`${scheme}://`, hostOf(of), ':', portOf(of), path);
}

/** A text with its addresses as a platform prints them. */
export function printText(text: Text, print: (address: Address) => string): string {
  if (typeof text === 'string') return text;
  return text.map((piece) => (typeof piece === 'string' ? piece : print(piece))).join('');
}
