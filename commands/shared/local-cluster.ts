import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { registry } from '../../charts';
import { NotPossible } from '../../lib/base/errors';
import { InputError } from '../../lib/base/problem';
import type { Kubectl } from './kubectl';

/** The environment for clusters on this machine. */
export const ENVIRONMENT = 'dev';

/** The system that is run where none is named: the first of the list. */
export const DEFAULT_SYSTEM = Object.keys(registry.systems)[0] as string;

/** The fields of a node that tell where it runs. */
export interface NodeTraits {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly providerID?: string };
  readonly status: { readonly addresses?: readonly { readonly address: string }[] };
}

/** The cluster of kubectl's current context. */
export interface Cluster {
  /** Its API server, as kubectl reaches it. */
  readonly server: string;
  /** Set where the cluster runs on this machine. */
  readonly local?: LocalCluster;
}

/** A cluster on this machine: the tool that created it, and its name in that tool. */
export interface LocalCluster {
  readonly maker: 'kind' | 'k3d' | 'simulated nodes' | 'this machine';
  readonly name: string;
}

function isLoopback(address: string): boolean {
  return /^127\./.test(address) || ['::1', '0.0.0.0', '::'].includes(address);
}

/** The local cluster that a node belongs to, or undefined for a node that may run elsewhere. */
function makerOf({ metadata, spec, status }: NodeTraits, own: ReadonlySet<string>): LocalCluster | undefined {
  const { name, annotations } = metadata;
  const [, kind] = /^kind:\/\/[^/]+\/([^/]+)\//.exec(spec.providerID ?? '') ?? [];
  if (kind !== undefined) return { maker: 'kind', name: kind };
  const [, k3d] = /^k3s:\/\/k3d-(.+)-(?:server|agent)-\d+$/.exec(spec.providerID ?? '') ?? [];
  if (k3d !== undefined) return { maker: 'k3d', name: k3d };
  if (annotations?.['kwok.x-k8s.io/node'] === 'fake') return { maker: 'simulated nodes', name: 'kwok' };
  return status.addresses?.some(({ address }) => own.has(address)) ? { maker: 'this machine', name } : undefined;
}

/**
 * The local cluster that an API server and its nodes are, or undefined for a cluster that may be remote.
 *
 * A local address of the API server is not enough, since tunnels to remote clusters have one too: each node has to be one of kind
 * or k3d, a simulated one, or this machine.
 *
 * @param addresses of the API server
 * @param own addresses of this machine
 */
export function localCluster(
  addresses: readonly string[],
  nodes: readonly NodeTraits[],
  own: ReadonlySet<string>,
): LocalCluster | undefined {
  const here = addresses.length > 0 && addresses.every((address) => isLoopback(address) || own.has(address));
  const [first, ...others] = nodes.map((node) => makerOf(node, own));
  return here && others.every((other) => other?.maker === first?.maker) ? first : undefined;
}

function ownAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.map(({ address }) => address));
}

/** Lines that kubectl repeats in its errors when a server does not answer. */
const NOISE = /^.*(memcache\.go|Unhandled Error).*\n?/gm;

/**
 * Reads which cluster kubectl's current context names. It changes nothing.
 *
 * @throws NotPossible when there is no context, or the cluster does not answer
 */
export async function currentCluster(kubectl: Kubectl): Promise<Cluster> {
  const { code, stdout } = await kubectl.attempt(['config', 'view', '--minify', '-o', 'json']);
  const server: string = (code === 0 && JSON.parse(stdout).clusters?.[0]?.cluster?.server) || '';
  if (server === '') {
    const file = kubectl.env.KUBECONFIG ?? 'kubectl';
    throw new NotPossible(`${file} has no current context; kind create cluster creates a cluster and sets it`);
  }
  const { hostname } = new URL(/^\w+:\/\//.test(server) ? server : `https://${server}`);
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  const answer = await kubectl.attempt(['get', 'nodes', '--request-timeout=10s', '-o', 'json']);
  if (answer.code !== 0) {
    const why = answer.stderr.replace(NOISE, '').trim();
    throw new NotPossible(`${server} does not answer as a Kubernetes API server: ${why}`);
  }
  const nodes: NodeTraits[] = JSON.parse(answer.stdout).items;
  const local = localCluster(
    addresses.map(({ address }) => address),
    nodes,
    ownAddresses(),
  );
  return { server, ...(local !== undefined && { local }) };
}

/**
 * Refuses a cluster that may not be on this machine.
 *
 * @param yes whether --yes-this-cluster was given
 */
export function requireLocal({ server, local }: Cluster, yes: boolean) {
  if (local !== undefined || yes) return;
  throw new InputError([
    { file: server, message: 'may not be a cluster on this machine; --yes-this-cluster uses it all the same' },
  ]);
}
