import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { Failure } from '../../lib/base/errors';
import { ClusterIndex } from '../../lib/checks/cluster/cluster-index';
import { publicRoutesOf } from '../../lib/checks/cluster/public-routes';
import type { ManifestObject } from '../../lib/manifests/object';
import type { Kubectl } from './kubectl';

/** Objects as a cluster has them. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Live = any;

/** A host and path that an edge exposes, with the Service behind it. */
export interface ExposedPath {
  readonly namespace: string;
  /** The kind and name of the edge's object. */
  readonly kind: 'Ingress' | 'IngressRoute' | 'HTTPRoute';
  readonly edge: string;
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly port: number;
  /** The path of the workload's readiness probe, `/` where it has none. */
  readonly health: string;
}

/** All hosts and paths that objects expose. */
export function exposedPathsOf(objects: readonly ManifestObject[]): ExposedPath[] {
  const inNamespace = (kind: string, namespace: string): Live[] =>
    objects.filter((object) => object.kind === kind && object.metadata.namespace === namespace);
  const healthOf = (namespace: string, name: string): string => {
    const service = inNamespace('Service', namespace).find(({ metadata }) => metadata.name === name);
    const labels: [string, string][] = Object.entries(service?.spec.selector ?? {});
    const workload = ['Deployment', 'StatefulSet']
      .flatMap((kind) => inNamespace(kind, namespace))
      .find(({ spec }) => labels.every(([key, value]) => spec.template.metadata.labels[key] === value));
    return workload?.spec.template.spec.containers[0].readinessProbe?.httpGet?.path ?? '/';
  };
  return publicRoutesOf(new ClusterIndex(objects)).map(
    ({ object, host, path, service: { namespace, name, port } }) => ({
      namespace,
      kind: object.kind as ExposedPath['kind'],
      edge: object.metadata.name,
      host,
      path,
      service: name,
      port,
      health: healthOf(namespace, name),
    }),
  );
}

/** Where a host is reached. */
export interface Address {
  readonly address: string;
  readonly port: number;
}

/** The response to a request. */
export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** The timeout of a request, in milliseconds. */
const RESPONSE_TIMEOUT_MS = 10_000;

/** Sends an HTTP request for a host to an address: GET, or POST with a JSON body. */
export function sendRequest(
  { address, port }: Address,
  host: string,
  path: string,
  body?: unknown,
): Promise<HttpResponse> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { Host: host, ...(text !== undefined && { 'Content-Type': 'application/json' }) };
  const options = { host: address, port, path, method: text === undefined ? 'GET' : 'POST', headers };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, timeout: RESPONSE_TIMEOUT_MS }, (answer) => {
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

/** The addresses in the status of an edge, or undefined where its class does not exist. */
export async function exposedAddresses(
  kubectl: Kubectl,
  { kind, namespace, edge }: ExposedPath,
): Promise<string[] | undefined> {
  const named = (all: Live[], name: string) => all.some(({ metadata }) => metadata.name === name);
  const shown = (all: Live[] = []): string[] => all.map(({ ip, hostname }) => ip ?? hostname);
  if (kind === 'IngressRoute') {
    // An IngressRoute has no address in its status: Traefik's Service is one of those with an address.
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
 * The address at which the edge serves an exposed path: 127.0.0.1, where its ports are mapped to this machine, or one of its own.
 *
 * @param seconds that the edge may take until it serves the path
 * @returns undefined when there is no edge, or this machine cannot reach it
 */
export async function findEdgeAddress(
  kubectl: Kubectl,
  exposedPath: ExposedPath,
  seconds: number,
): Promise<Address | undefined> {
  const { host, health } = exposedPath;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const addresses = await exposedAddresses(kubectl, exposedPath);
    if (addresses === undefined) return undefined;
    for (const address of new Set(['127.0.0.1', ...addresses])) {
      const answer = await sendRequest({ address, port: 80 }, host, health).catch(() => undefined);
      if (answer?.status === 200) return { address, port: 80 };
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return undefined;
}

/** Starts a `kubectl port-forward` to the Service of an exposed path. It bypasses the edge and NetworkPolicies. */
export function portForward(
  kubectl: Kubectl,
  { namespace, service, port }: ExposedPath,
): Promise<Address & { readonly close: () => void }> {
  const args = [...kubectl.selection, 'port-forward', '-n', namespace, `service/${service}`, `:${port}`];
  const child = spawn(kubectl.program, args, { env: kubectl.env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, local] = /127\.0\.0\.1:(\d+)/.exec(text) ?? [];
      if (local !== undefined) resolve({ address: '127.0.0.1', port: Number(local), close: () => child.kill() });
    });
    child.on('error', reject);
    child.on('exit', () => reject(new Failure(`kubectl ${args.join(' ')}: ${errors}`)));
  });
}
