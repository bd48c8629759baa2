import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { Failure } from '../../lib/base/errors';
import { publicRoutesOf } from '../../lib/checks/cluster/public-routes';
import type { ManifestObject } from '../../lib/manifests/object';
import type { Kubectl } from './kubectl';

/** Objects as a cluster has them. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Live = any;

/** A way in that an edge offers: a host's path, and what is behind it. */
export interface Entrance {
  readonly namespace: string;
  /** The edge's object. */
  readonly kind: 'Ingress' | 'IngressRoute' | 'HTTPRoute';
  readonly edge: string;
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly port: number;
  /** Where what is behind it says that it is well. */
  readonly health: string;
}

/** Every way in that objects offer. */
export function entrancesOf(objects: readonly ManifestObject[]): Entrance[] {
  const inNamespace = (kind: string, namespace: string): Live[] =>
    objects.filter((object) => object.kind === kind && object.metadata.namespace === namespace);
  const healthOf = (namespace: string, name: string): string => {
    const service = inNamespace('Service', namespace).find(({ metadata }) => metadata.name === name);
    const labels: [string, string][] = Object.entries(service?.spec.selector ?? {});
    const workload = inNamespace('Deployment', namespace).find(({ spec }) =>
      labels.every(([key, value]) => spec.template.metadata.labels[key] === value),
    );
    return workload?.spec.template.spec.containers[0].readinessProbe?.httpGet?.path ?? '/';
  };
  return publicRoutesOf(objects).map(({ object, host, path, service: { namespace, name, port } }) => ({
    namespace,
    kind: object.kind as Entrance['kind'],
    edge: object.metadata.name,
    host,
    path,
    service: name,
    port,
    health: healthOf(namespace, name),
  }));
}

/** Where a host is met. */
export interface Address {
  readonly address: string;
  readonly port: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** How long an answer may take, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Asks a host by HTTP, wherever it is met; what is sent is sent as JSON. */
export function ask({ address, port }: Address, host: string, path: string, body?: unknown): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { Host: host, ...(text !== undefined && { 'Content-Type': 'application/json' }) };
  const options = { host: address, port, path, method: text === undefined ? 'GET' : 'POST', headers };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, timeout: PATIENCE_MS }, (answer) => {
      let all = '';
      answer.setEncoding('utf8').on('data', (part) => {
        all += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: all }));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${address}:${port} does not answer`)));
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Where an edge says that it is, or undefined where nothing serves its class. */
async function addressesOf(kubectl: Kubectl, { kind, namespace, edge }: Entrance): Promise<string[] | undefined> {
  const named = (all: Live[], name: string) => all.some(({ metadata }) => metadata.name === name);
  const shown = (all: Live[] = []): string[] => all.map(({ ip, hostname }) => ip ?? hostname);
  if (kind === 'IngressRoute') {
    // It says nothing of itself: Traefik's Service is one of those that have an address.
    const services = await kubectl.get('services', '-A');
    return services.flatMap(({ status }) => shown(status.loadBalancer?.ingress));
  }
  const [{ spec, status }] = await kubectl.get(kind.toLowerCase(), edge, '-n', namespace);
  if (kind === 'Ingress') {
    const classes = await kubectl.get('ingressclasses');
    return named(classes, spec.ingressClassName) ? shown(status.loadBalancer?.ingress) : undefined;
  }
  const [gateway] = await kubectl.get('gateway', spec.parentRefs[0].name, '-n', namespace);
  const classes = await kubectl.get('gatewayclasses');
  if (!named(classes, gateway.spec.gatewayClassName)) return undefined;
  return (gateway.status?.addresses ?? []).map(({ value }: Live) => value);
}

/**
 * Where the edge answers for an entrance: at the address that it says, or at this machine's, where its ports are mapped to it.
 *
 * @param seconds that the edge may take to notice it
 * @returns undefined when there is no edge, or this machine does not reach it
 */
export async function edgeOf(kubectl: Kubectl, entrance: Entrance, seconds: number): Promise<Address | undefined> {
  const { host, health } = entrance;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const said = await addressesOf(kubectl, entrance);
    if (said === undefined) return undefined;
    for (const address of new Set(['127.0.0.1', ...said])) {
      const answer = await ask({ address, port: 80 }, host, health).catch(() => undefined);
      if (answer?.status === 200) return { address, port: 80 };
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return undefined;
}

/** Leads a port of this machine to a Service. That goes through no edge, and no policy holds it up. */
export function forward(
  kubectl: Kubectl,
  { namespace, service, port }: Entrance,
): Promise<Address & { readonly close: () => void }> {
  const args = ['port-forward', '-n', namespace, `service/${service}`, `:${port}`];
  const child = spawn(kubectl.program, args, { env: kubectl.env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaint += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, local] = /127\.0\.0\.1:(\d+)/.exec(text) ?? [];
      if (local !== undefined) resolve({ address: '127.0.0.1', port: Number(local), close: () => child.kill() });
    });
    child.on('error', reject);
    child.on('exit', () => reject(new Failure(`kubectl ${args.join(' ')}: ${complaint}`)));
  });
}
