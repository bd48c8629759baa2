// Runs a system on a cluster on this machine: `npm run up -- [--system NAME] [--stand-ins]`.

import { join } from 'node:path';
import { registry } from '../charts';
import { counted } from '../lib/base/counted';
import { Failure } from '../lib/base/errors';
import { InputError } from '../lib/base/problem';
import type { ManifestObject } from '../lib/manifests/object';
import { readManifests } from '../lib/manifests/read';
import type { System } from '../lib/model/system';
import type { BuiltSystem } from '../lib/pipeline/build';
import type { TrialRequest } from '../lib/pipeline/definition';
import type { Io } from '../lib/pipeline/program';
import { Program } from '../lib/pipeline/program';
import { tableOf } from './shared/check-row';
import { edgeChecks } from './shared/edge-checks';
import {
  type Address,
  type ExposedPath,
  exposedPathsOf,
  findEdgeAddress,
  type HttpResponse,
  portForward,
  sendRequest,
} from './shared/exposed-paths';
import { Kubectl } from './shared/kubectl';
import { currentCluster, DEFAULT_SYSTEM, ENVIRONMENT, type LocalCluster, requireLocal } from './shared/local-cluster';
import { stateOf } from './shared/progress';
import { publicPathsOf } from './shared/public-paths';
import { systemsOf } from './shared/systems';
import { buildStandIns, trialRequests, withStandIns } from './up/stand-ins';
import { writeVariant } from './up/variant';

const HELP = `Runs a system of dev on the cluster that kubectl talks to, which has to be one on this machine (kind, k3d).

  npm run up                          dist/dev/salient
  npm run up -- --system NAME         another system
  npm run up -- --stand-ins           with small images that stand for its own, built with docker
  npm run up -- --yes-this-cluster    on a cluster that is not, or may not be, on this machine

npm run down removes it, with its data.`;

/** Time-outs in seconds: until everything runs, while images cannot be pulled, and until an edge serves new routes. */
const TIMEOUTS = { all: 900, images: 120, edge: 20 };

/** The first local port of the port-forwards that are printed where there is no edge. */
const FIRST_PORT = 8080;

/** What is applied: the folder of its manifests, and its model. */
interface Applied {
  readonly folder: string;
  readonly model: System;
}

/** Builds the stand-ins and writes the manifests that use them. */
async function withStandInsBuilt({ root, say }: Io, system: string, local: LocalCluster | undefined): Promise<Applied> {
  if (local === undefined) throw new InputError([{ file: '--stand-ins', message: 'is for clusters of kind and k3d' }]);
  say(`building stand-ins for the images of ${system}`);
  await buildStandIns(root, system, local);
  const folder = join(root, '.build/up', system);
  const { model } = writeVariant(root, ENVIRONMENT, system, withStandIns(root, system), folder);
  return { folder, model: model as System };
}

/** @throws InputError when an environment file is wrong, or there is none for the system */
function asWritten({ root }: Io, system: string): Applied {
  const [{ model }] = systemsOf(root, ENVIRONMENT, system) as [BuiltSystem];
  return { folder: join(root, 'dist', ENVIRONMENT, system), model };
}

async function logOf(kubectl: Kubectl, { metadata }: ManifestObject): Promise<string> {
  const args = ['logs', '-n', metadata.namespace as string, `job/${metadata.name}`, '--all-containers', '--tail=20'];
  return (await kubectl.attempt(args)).stdout;
}

/** Waits until everything runs, and prints each change of state. */
async function watch(io: Io, kubectl: Kubectl, folder: string, namespaces: readonly string[]) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const printed = new Map<string, string>();
  let imagesSince: number | undefined;
  for (;;) {
    const live: ManifestObject[] = await kubectl.get('-R', '-f', folder);
    const pods = (await Promise.all(namespaces.map((namespace) => kubectl.get('pods', '-n', namespace)))).flat();
    const waiting: string[] = [];
    for (const object of live) {
      const state = stateOf(object, pods);
      if (state === undefined) continue;
      const name = `${object.kind.toLowerCase()}/${object.metadata.name}`;
      if (printed.get(name) !== state.text) io.say(`${String(seconds()).padStart(4)} s  ${name}: ${state.text}`);
      printed.set(name, state.text);
      if (state.failed) throw new Failure(`${name} failed:\n${await logOf(kubectl, object)}`);
      if (!state.done) waiting.push(`${name}: ${state.text}`);
    }
    if (waiting.length === 0) return;
    imagesSince = waiting.some((text) => /ImagePull/.test(text)) ? (imagesSince ?? seconds()) : undefined;
    if (imagesSince !== undefined && seconds() - imagesSince > TIMEOUTS.images) {
      const remedy = `put your images into environments/${ENVIRONMENT} and run npm run synth, or try npm run up -- --stand-ins`;
      throw new Failure(`some images cannot be pulled; ${remedy}\n${waiting.join('\n')}`);
    }
    if (seconds() > TIMEOUTS.all) throw new Failure(`not up after ${TIMEOUTS.all} s\n${waiting.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** The curl command that sends the same request. */
function curl(host: string, path: string, edge: Address | undefined, port: number, body?: unknown): string {
  const json = body === undefined ? '' : ` -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  if (edge === undefined) return `curl${json} http://localhost:${port}${path}`;
  // Names below localhost resolve to this machine.
  const resolves = edge.address === '127.0.0.1' && host.endsWith('.localhost');
  return `curl${json}${resolves ? '' : ` --resolve ${host}:80:${edge.address}`} http://${host}${path}`;
}

/** The status codes of an edge that does not serve a new route yet: that of another path, or of none. */
const NOT_YET_SERVED = [404, 405, 502, 503];

/** Sends a request again until the edge serves its route. */
async function retried(send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  for (const end = Date.now() + TIMEOUTS.edge * 1000; ; ) {
    const answer = await send();
    if (!NOT_YET_SERVED.includes(answer.status) || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The route that serves a path of a host: that with the longest prefix. */
function routeFor(path: string, host: string, exposedPaths: readonly ExposedPath[]): ExposedPath | undefined {
  const own = exposedPaths.filter((one) => one.host === host && `${path}/`.startsWith(one.path.replace(/\/*$/, '/')));
  return own.sort((one, other) => other.path.length - one.path.length)[0];
}

/**
 * Sends the requests and prints them as commands; where there is no edge, by a port-forward to the one Service.
 *
 * @returns the address of the edge, if there is one
 */
async function tryOut(
  io: Io,
  kubectl: Kubectl,
  exposedPath: ExposedPath,
  port: number,
  all: readonly TrialRequest[],
  exposedPaths: readonly ExposedPath[],
): Promise<Address | undefined> {
  const { host, health, namespace, service } = exposedPath;
  const edge = await findEdgeAddress(kubectl, exposedPath, TIMEOUTS.edge);
  const own = all.filter((one) => one.host === host);
  const requests =
    edge === undefined ? own.filter(({ path }) => routeFor(path, host, exposedPaths) === exposedPath) : own;
  const forwarded = edge === undefined ? await portForward(kubectl, exposedPath) : undefined;
  io.say(`\n${service}, at http://${host}${edge === undefined ? ', for which no edge answers here:' : ':'}`);
  if (forwarded !== undefined) {
    io.say(`  kubectl port-forward -n ${namespace} service/${service} ${port}:${exposedPath.port}`);
  }
  try {
    for (const { path, body } of [{ host, path: health }, ...requests] as TrialRequest[]) {
      const answer = await retried(() => sendRequest((edge ?? forwarded) as Address, host, path, body));
      if (answer.status !== 200) throw new Failure(`${host}${path} answers ${answer.status}: ${answer.body}`);
      io.say(`  ${curl(host, path, edge, port, body)}`);
      if (body !== undefined) io.say(`    ${answer.body}`);
    }
  } finally {
    forwarded?.close();
  }
  return edge;
}

/** The edge of a system without a route for a whole host. */
async function edgeOf(kubectl: Kubectl, model: System, exposedPaths: readonly ExposedPath[]) {
  if (exposedPaths.some(({ path }) => path === '/')) return undefined; // looked for already
  const found = publicPathsOf(model).find(({ isHealth }) => isHealth);
  const exposed = exposedPaths.find(({ host, path }) => host === found?.host && path === found.path);
  return found && exposed && findEdgeAddress(kubectl, { ...exposed, health: found.asked }, TIMEOUTS.edge);
}

/** Asks every exposed path as `npm run smoke` does, again until the edge serves all of its routes. */
async function checkAll(io: Io, model: System, edge: Address | undefined) {
  const signal = AbortSignal.timeout(TIMEOUTS.all * 1000);
  const endpointOf = async () => (edge === undefined ? 'no edge answers here' : { ...edge, tls: false });
  for (const end = Date.now() + TIMEOUTS.edge * 1000; ; ) {
    const rows = await edgeChecks(model, { endpointOf, signal });
    const wrong = rows.filter(({ state }) => state === 'failed');
    if (wrong.length > 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      continue;
    }
    io.say(`\n${tableOf(rows)}`);
    if (wrong.length > 0) throw new Failure(`${counted(wrong.length, 'check')} failed`);
    return;
  }
}

export default new Program({
  name: 'up',
  help: HELP,
  options: {
    system: { type: 'string', default: DEFAULT_SYSTEM },
    'stand-ins': { type: 'boolean', default: false },
    'yes-this-cluster': { type: 'boolean', default: false },
  },
  choices: { system: (root) => Object.keys(registry.in(root).systems) },
  run: async ({ system, 'stand-ins': standIns, 'yes-this-cluster': yes }, io) => {
    const kubectl = new Kubectl(io.env);
    const cluster = await currentCluster(kubectl);
    requireLocal(cluster, yes);
    io.say(`${cluster.local?.maker ?? 'cluster'} at ${cluster.server}`);

    const { folder, model } = standIns ? await withStandInsBuilt(io, system, cluster.local) : asWritten(io, system);
    const objects = readManifests([folder]).map(({ object }) => object);
    await kubectl.run('apply', '--server-side', '-R', '-f', folder);
    io.say(`${counted(objects.length, 'object')} applied`);
    await watch(io, kubectl, folder, [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))]);

    io.say(`\n${system} is up.`);
    const exposedPaths = exposedPathsOf(objects);
    const whole = exposedPaths.filter(({ path }) => path === '/');
    const requests = standIns ? trialRequests(io.root, system) : [];
    let edge: Address | undefined;
    for (const [index, exposedPath] of whole.entries()) {
      const found = await tryOut(io, kubectl, exposedPath, FIRST_PORT + index, requests, exposedPaths);
      edge ??= found;
    }
    edge ??= await edgeOf(kubectl, model, exposedPaths);
    await checkAll(io, model, edge);
    return 0;
  },
});
