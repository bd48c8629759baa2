import { lookup } from 'node:dns/promises';
import { connect, isIPv4 } from 'node:net';
import type { Endpoint } from '../shared/ask';
import type { HostEndpoint } from '../shared/edge-checks';
import { type ExposedPath, exposedAddresses } from '../shared/exposed-paths';
import type { Kubectl } from '../shared/kubectl';

const CONNECT_TIMEOUT_MS = 3000;

/** Whether an address accepts connections. */
function accepts(address: string, port: number): Promise<boolean> {
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
 * Where a host is reached: at the addresses of DNS, as by every client. Where DNS does not know it, or it is one of this machine
 * (`*.localhost`), also at those that the edge has in the cluster.
 *
 * @param kubectl @default - no cluster is asked
 * @returns the first address that accepts connections, or the first one, or the reason why there is none
 */
export async function endpointFor(
  host: string,
  { port, tls }: Pick<Endpoint, 'port' | 'tls'>,
  exposed: ExposedPath | undefined,
  kubectl: Kubectl | undefined,
): Promise<HostEndpoint | string> {
  // Source: RFC 6761, section 6.3: names below localhost are this machine.
  const isLocal = host.endsWith('.localhost');
  const published = await lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => (isLocal ? ['127.0.0.1', '::1'] : []),
  );
  const needsEdge = kubectl !== undefined && exposed !== undefined && (published.length === 0 || isLocal);
  const ofEdge = needsEdge ? await exposedAddresses(kubectl, exposed).catch(() => undefined) : undefined;
  const all = [...published, ...(ofEdge ?? [])];
  const answers = await Promise.all(all.map((one) => accepts(one, port)));
  const accepted = all.filter((_, index) => answers[index]);
  const [address = all[0]] = accepted;
  if (address === undefined) return 'the host does not resolve here';
  // This machine may have no IPv6.
  const dead = published.filter((one) => one !== address && isIPv4(one) && !accepted.includes(one));
  return { address, port, tls, ...(!isLocal && { dead }) };
}
