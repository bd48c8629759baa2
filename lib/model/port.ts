/** The protocol of a port. `grpc` is HTTP/2 without TLS; `tcp` is any other protocol over TCP, and `udp` any over UDP. */
export type Protocol = 'http' | 'grpc' | 'tcp' | 'udp';

/** The transport that a protocol is spoken over, as Kubernetes names it. */
export function transportOf({ protocol }: { readonly protocol: Protocol }): 'TCP' | 'UDP' {
  return protocol === 'udp' ? 'UDP' : 'TCP';
}

/** A port that a container listens on. */
export interface PortProps {
  /** The number of the container port. */
  readonly port: number;
  /** The number of the Service port; `none` leaves the port out of the Service. @default - the number of the container port */
  readonly service?: number | 'none';
  /** @default http */
  readonly protocol?: Protocol;
}

/**
 * Ports by their names (at most 15 lower-case letters, digits and dashes). A plain number is an HTTP port. The first is the main one.
 *
 * @example
 * ports: { http: { port: 3000, service: 80 }, rpc: { port: 9000, protocol: 'grpc' } }
 */
export type Ports = Readonly<Record<string, number | PortProps>>;

/** A port with its defaults filled in. Made by {@link portsOf}. */
export interface Port {
  readonly name: string;
  /** The number of the container port. */
  readonly port: number;
  /** The number of the Service port. @default - it is not in the Service */
  readonly service?: number;
  readonly protocol: Protocol;
}

/** Fills in the defaults of ports. */
export function portsOf(ports: Ports): Port[] {
  return Object.entries(ports).map(([name, props]) => {
    const { port, service = port, protocol = 'http' }: PortProps = typeof props === 'number' ? { port: props } : props;
    return { name, port, protocol, ...(service !== 'none' && { service }) };
  });
}

/** Anything that has ports: a component, a container. */
export interface Listening {
  readonly name: string;
  readonly ports: readonly Port[];
}

/**
 * Looks up a port.
 *
 * @param name the name of the port. @default - the main (first) port
 * @throws when there is no such port
 */
export function portOfName({ name: owner, ports }: Listening, name?: string): Port {
  const found = name === undefined ? ports[0] : ports.find((port) => port.name === name);
  if (found === undefined) throw new Error(`${owner} has no port${name === undefined ? '' : ` named ${name}`}`);
  return found;
}
