import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { NotPossible } from '../../lib/base/errors';
import { InputError } from '../../lib/base/problem';
import type { Kubectl } from './kubectl';

/** The environment that is for clusters on this machine. */
export const ENVIRONMENT = 'dev';

/** What of a node tells where it runs. */
export interface NodeTraits {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly providerID?: string };
  readonly status: { readonly addresses?: readonly { readonly address: string }[] };
}

/** The cluster that kubectl talks to. */
export interface Cluster {
  /** Its API server, as kubectl reaches it. */
  readonly server: string;
  /** What it is, when it is one on this machine. */
  readonly local?: Local;
}

/** A cluster on this machine: who made it, and what it is called there. */
export interface Local {
  readonly maker: 'kind' | 'k3d' | 'simulated nodes' | 'this machine';
  readonly name: string;
}

function isLoopback(address: string): boolean {
  return /^127\./.test(address) || ['::1', '0.0.0.0', '::'].includes(address);
}

/** Who made a node on this machine, or undefined for a node that may be anywhere. */
function makerOf({ metadata, spec, status }: NodeTraits, own: ReadonlySet<string>): Local | undefined {
  const { name, annotations } = metadata;
  const [, kind] = /^kind:\/\/[^/]+\/([^/]+)\//.exec(spec.providerID ?? '') ?? [];
  if (kind !== undefined) return { maker: 'kind', name: kind };
  const [, k3d] = /^k3s:\/\/k3d-(.+)-(?:server|agent)-\d+$/.exec(spec.providerID ?? '') ?? [];
  if (k3d !== undefined) return { maker: 'k3d', name: k3d };
  if (annotations?.['kwok.x-k8s.io/node'] === 'fake') return { maker: 'simulated nodes', name: 'kwok' };
  return status.addresses?.some(({ address }) => own.has(address)) ? { maker: 'this machine', name } : undefined;
}

/**
 * Which cluster on this machine it is, or undefined for one that is not, or may not be.
 *
 * An address on this machine is not enough, since tunnels to distant clusters have one too: each node has to be one that kind
 * or k3d made, a simulated one, or this machine.
 *
 * @param addresses of the API server
 * @param own addresses of this machine
 */
export function localCluster(
  addresses: readonly string[],
  nodes: readonly NodeTraits[],
  own: ReadonlySet<string>,
): Local | undefined {
  const here = addresses.length > 0 && addresses.every((address) => isLoopback(address) || own.has(address));
  const [first, ...others] = nodes.map((node) => makerOf(node, own));
  return here && others.every((other) => other?.maker === first?.maker) ? first : undefined;
}

function ownAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.map(({ address }) => address));
}

/** What kubectl says of a server that does not answer, five times over. */
const NOISE = /^.*(memcache\.go|Unhandled Error).*\n?/gm;

/**
 * Looks at the cluster that kubectl talks to, and changes nothing.
 *
 * @throws NotPossible when there is none, or it does not answer
 */
export async function lookAt(kubectl: Kubectl): Promise<Cluster> {
  const { code, stdout } = await kubectl.attempt(['config', 'view', '--minify', '-o', 'json']);
  const server: string = (code === 0 && JSON.parse(stdout).clusters?.[0]?.cluster?.server) || '';
  if (server === '') {
    const file = kubectl.env.KUBECONFIG ?? 'kubectl';
    throw new NotPossible(`${file} names no cluster; kind create cluster makes one, and kubectl uses it then`);
  }
  const { hostname } = new URL(/^\w+:\/\//.test(server) ? server : `https://${server}`);
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  const answer = await kubectl.attempt(['get', 'nodes', '--request-timeout=10s', '-o', 'json']);
  if (answer.code !== 0) {
    const why = answer.stderr.replace(NOISE, '').trim();
    throw new NotPossible(`${server} does not answer as a cluster does: ${why}`);
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
 * Refuses a cluster that is not on this machine, or may not be.
 *
 * @param yes whether it was said that this one is meant
 */
export function expectLocal({ server, local }: Cluster, yes: boolean) {
  if (local !== undefined || yes) return;
  throw new InputError([
    { file: server, message: 'is not known to be a cluster on this machine; --yes-this-cluster takes it nevertheless' },
  ]);
}
