import { connect } from 'node:net';
import type { Any } from '../../support';
import type { Container } from './container';

function portOf(port: string | number, container: Any): number {
  if (typeof port === 'number') return port;
  const found = (container.ports ?? []).find(({ name }: Any) => name === port);
  if (found === undefined) throw new Error(`container ${container.name} has no port ${port}`);
  return found.containerPort;
}

function answers(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (well: boolean) => {
      socket.destroy();
      resolve(well);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}

/** Runs a probe once, like the kubelet: a command in the container, a TCP connection, or an HTTP request. */
export async function ask(probe: Any, container: Container, address: string): Promise<boolean> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return (await container.exec(probe.exec.command, { timeout: timeout / 1000 })).code === 0;
  if (probe.tcpSocket) return answers(address, portOf(probe.tcpSocket.port, container.spec), timeout);
  if (!probe.httpGet || probe.httpGet.scheme === 'HTTPS') {
    throw new Error(`the laboratory knows no probe such as ${JSON.stringify(probe)}`);
  }
  const { port, path = '/' } = probe.httpGet;
  try {
    const response = await fetch(`http://${address}:${portOf(port, container.spec)}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    return response.status >= 200 && response.status < 400;
  } catch {
    return false;
  }
}
