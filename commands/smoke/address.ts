import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { type ExposedPath, exposedAddresses } from '../shared/exposed-paths';
import type { Kubectl } from '../shared/kubectl';

const CONNECT_TIMEOUT_MS = 3000;

/** Whether an address accepts connections. */
export function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: CONNECT_TIMEOUT_MS });
    const finish = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.on('connect', () => finish(true));
    socket.on('timeout', () => finish(false));
    socket.on('error', () => finish(false));
  });
}

/**
 * The addresses at which a host may be reached: those of DNS, as for every client. Where DNS does not know it, or it is one of this machine
 * (`*.localhost`), those that the edge has in the cluster, too.
 *
 * @param kubectl @default - no cluster is asked
 */
export async function addressesOf(
  host: string,
  exposed: ExposedPath | undefined,
  kubectl: Kubectl | undefined,
): Promise<string[]> {
  // Source: RFC 6761, section 6.3: names below localhost are this machine.
  const own = host.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [];
  const known = await lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => own,
  );
  if (kubectl === undefined || exposed === undefined || (known.length > 0 && !host.endsWith('.localhost')))
    return known;
  const ofEdge = await exposedAddresses(kubectl, exposed).catch(() => undefined);
  return [...known, ...(ofEdge ?? [])];
}
