// Asks a deployed system whether it works; read-only: `npm run smoke -- --env NAME [--context NAME]`.
import { registry } from '../charts';
import { NotPossible } from '../lib/base/errors';
import { InputError } from '../lib/base/problem';
import { environmentNames } from '../lib/config/environment-folders';
import type { BuiltSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { type CheckRow, notAsked, tableOf } from './shared/check-row';
import { edgeChecks, type Reach } from './shared/edge-checks';
import { exposedPathsOf } from './shared/exposed-paths';
import { Kubectl } from './shared/kubectl';
import { publicPortOf } from './shared/public-paths';
import { systemsOf } from './shared/systems';
import { View } from './shared/view';
import { endpointFor } from './smoke/address';
import { jobChecks } from './smoke/jobs';
import { type Stream, streamChecks, streamOf } from './smoke/stream';
import { workloadChecks } from './smoke/workloads';

const HELP = `Asks a deployed system whether it works. It changes nothing and sends no credentials.

  npm run smoke -- --env prod                      through its hosts, as clients do
  npm run smoke -- --env prod --context NAME       and its pods, Jobs and backups in the cluster of a context of kubectl
  npm run smoke -- --env prod --system salient     one system only
  npm run smoke -- --env prod --stream HOST/PATH   and whether a path that streams is not buffered
  npm run smoke -- --env prod --format json        for programs`;

/** The time for all requests to hosts, in milliseconds. */
const TOTAL_MS = 300_000;

/** How the hosts of a system are reached from this machine. */
function reachOf({ model, objects }: BuiltSystem, kubectl: Kubectl | undefined, signal: AbortSignal): Reach {
  const port = publicPortOf(model.edge);
  const exposed = exposedPathsOf(objects);
  const known = new Map<string, ReturnType<Reach['endpointOf']>>();
  return {
    signal,
    endpointOf: (host) => {
      const route = exposed.find((one) => one.host === host);
      const endpoint = known.get(host) ?? endpointFor(host, port, route, kubectl);
      known.set(host, endpoint);
      return endpoint;
    },
  };
}

/** What is in the cluster. */
async function clusterChecks(built: BuiltSystem, view: View | undefined): Promise<CheckRow[]> {
  if (view === undefined)
    return ['workloads and autoscalers', 'Jobs and backups'].map((what) =>
      notAsked(what, 'no context is given: --context NAME'),
    );
  return [...(await workloadChecks(view, built.objects)), ...(await jobChecks(view, built, new Date()))];
}

/** @throws InputError when no system has the host */
function requestedStream(text: string | undefined, systems: readonly BuiltSystem[]): Stream | undefined {
  if (text === undefined) return undefined;
  const stream = streamOf(text);
  const hosts = [...new Set(systems.flatMap(({ objects }) => exposedPathsOf(objects).map(({ host }) => host)))];
  if (stream !== undefined && hosts.includes(stream.host)) return stream;
  const message = `given "${text}", expected a host and a path, such as ${hosts[0] ?? 'app.example.com'}/events; the hosts are ${hosts.join(', ') || 'none'}`;
  throw new InputError([{ file: '--stream', message }]);
}

function report(system: string, rows: readonly CheckRow[]): string {
  const count = (state: CheckRow['state']) => rows.filter((row) => row.state === state).length;
  const sum = `${count('ok')} ok, ${count('failed')} failed, ${count('not asked')} not asked`;
  return `${system}\n${tableOf(rows)}\n${sum}\n`;
}

export default new Program({
  name: 'smoke',
  help: HELP,
  options: {
    env: { type: 'string' },
    system: { type: 'string' },
    context: { type: 'string' },
    stream: { type: 'string' },
    format: { type: 'string', default: 'text' },
  },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: (root) => Object.keys(registry.in(root).systems),
    format: () => ['text', 'json'],
  },
  run: async ({ env, system, context, stream: text, format }, io) => {
    const systems = systemsOf(io.root, env, system);
    const stream = requestedStream(text, systems);
    const kubectl = context === undefined ? undefined : new Kubectl(io.env, 'kubectl', context);
    const view = kubectl && new View(kubectl);
    await view?.version();
    const signal = AbortSignal.timeout(TOTAL_MS);
    const found = await Promise.all(
      systems.map(async (built) => {
        const reach = reachOf(built, kubectl, signal);
        const rows = [
          ...(await edgeChecks(built.model, reach)),
          ...(await streamChecks(built.model, reach, stream)),
          ...(await clusterChecks(built, view)),
        ];
        return { system: built.folder, rows };
      }),
    );
    io.say(
      format === 'json'
        ? JSON.stringify({ environment: env, systems: found }, null, 2)
        : found.map((one) => report(one.system, one.rows)).join('\n'),
    );
    const rows = found.flatMap((one) => one.rows);
    if (rows.every(({ state }) => state === 'not asked'))
      throw new NotPossible(`nothing could be asked of ${env}: each check above says why`);
    return rows.some(({ state }) => state === 'failed') ? 1 : 0;
  },
});
