/** What is spoken at a port. gRPC is HTTP/2 without TLS; tcp is anything else. */
export type Protocol = 'http' | 'grpc' | 'tcp';

export interface PortProps {
  /** The number that the container listens on. */
  readonly port: number;
  /** What others dial; `none` where the Service leaves it out, and only who knows the pods gets there. @default - the same number */
  readonly service?: number | 'none';
  /** @default http */
  readonly protocol?: Protocol;
}

/** Ports by their names, of at most 15 letters, digits and dashes; a number alone is one of HTTP. The first is the main one. */
export type Ports = Readonly<Record<string, number | PortProps>>;

/** A port with its defaults filled in. */
export interface Port {
  readonly name: string;
  readonly port: number;
  /** @default - in no Service */
  readonly service?: number;
  readonly protocol: Protocol;
}

/** Fills in the defaults of ports. */
export function portsOf(ports: Ports): Port[] {
  return Object.entries(ports).map(([name, given]) => {
    const { port, service = port, protocol = 'http' }: PortProps = typeof given === 'number' ? { port: given } : given;
    return { name, port, protocol, ...(service !== 'none' && { service }) };
  });
}

/** Whatever has ports. */
export interface Listening {
  readonly name: string;
  readonly ports: readonly Port[];
}

/**
 * One of its ports.
 *
 * @param name @default - the main one
 * @throws when there is no such port
 */
export function portOfName({ name: owner, ports }: Listening, name?: string): Port {
  const found = name === undefined ? ports[0] : ports.find((port) => port.name === name);
  if (found === undefined)
    throw new Error(`${owner} has no port${name === undefined ? '' : ` that is called ${name}`}`);
  return found;
}
