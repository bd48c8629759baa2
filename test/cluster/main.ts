// Runs the tests that need a Kubernetes cluster: `npm run test:cluster -- [--tier control-plane|node] [--yes-this-cluster] [JEST OPTION…]`.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { currentCluster, requireLocal } from '../../commands/shared/local-cluster';
import { NotPossible, ProgramError } from '../../lib/base/errors';
import { Program } from '../../lib/pipeline/program';
import { startApiServer } from './api-server';
import { CLUSTER, type FoundCluster, kubectlFor, RESULTS, type TestCluster, TIERS, type Tier } from './cluster';
import { installDefinitions } from './crds';
import { kitAssets, kitLacks, startKit } from './kit';
import { junit, type Row, table } from './report';

const HELP = `Applies the objects of the fixtures' environments to a real Kubernetes cluster, and tests the result.

  npm run test:cluster                            on the cluster of BERTH_TEST_KUBECONFIG, else on the kit at
                                                  BERTH_CLUSTER_KIT, else on the API servers of KUBEBUILDER_ASSETS
  npm run test:cluster -- --tier admission        what an API server accepts; control-plane: tests that need no containers;
                                                  node: tests with running pods
  npm run test:cluster -- --yes-this-cluster      on a cluster that may not be on this machine
  npm run test:cluster -- -t PATTERN              only tests whose name matches`;

const NO_CLUSTER =
  'no cluster: set BERTH_TEST_KUBECONFIG (the kubeconfig of a kind or k3d cluster) or KUBEBUILDER_ASSETS (setup-envtest use -p path)';

const FOLDER = '.build/cluster';

/** A cluster, and the tiers that run on it. `stays`: it is the user's, so what the tests install there is removed. */
interface Source {
  readonly tiers: readonly Tier[];
  readonly start: () => Promise<{ cluster: FoundCluster; stop: () => Promise<void>; stays?: boolean }>;
}

/** An existing cluster of the user. */
async function given(kubeconfig: string, yes: boolean): ReturnType<Source['start']> {
  const found = { kubeconfig: resolve(kubeconfig), kubectl: 'kubectl' };
  const kubectl = kubectlFor(found);
  const seen = await currentCluster(kubectl);
  requireLocal(seen, yes);
  const { server, local } = seen;
  const { gitVersion } = JSON.parse(await kubectl.run('get', '--raw', '/version'));
  const simulated = local?.maker === 'simulated nodes';
  return {
    cluster: { ...found, title: `${local?.maker ?? server} ${gitVersion}`, pods: simulated ? 'seem to run' : 'run' },
    stop: async () => {},
    stays: true,
  };
}

/** The folders of KUBEBUILDER_ASSETS, each with the programs of an API server. */
function assetsOf(text: string): string[] {
  const folders = text.split(delimiter).filter(Boolean);
  for (const folder of folders) {
    const missing = ['etcd', 'kube-apiserver', 'kubectl'].filter((program) => !existsSync(join(folder, program)));
    if (missing.length > 0) throw new ProgramError(`KUBEBUILDER_ASSETS: ${folder} has no ${missing.join(', ')}`, 2);
  }
  return folders;
}

/** The available clusters for some tiers, and the tiers without one. */
function sourcesFor(tiers: readonly Tier[], yes: boolean): { sources: Source[]; notRun: string[] } {
  const {
    BERTH_TEST_KUBECONFIG: kubeconfig,
    BERTH_CLUSTER_KIT: kitFolder,
    KUBEBUILDER_ASSETS: assets = '',
  } = process.env;
  if (kubeconfig && !existsSync(kubeconfig)) {
    throw new ProgramError(`BERTH_TEST_KUBECONFIG: ${kubeconfig} is not there`, 2);
  }
  if (kubeconfig) return { sources: [{ tiers, start: () => given(kubeconfig, yes) }], notRun: [] };
  const kit = kitFolder && resolve(kitFolder);
  if (kit && !existsSync(join(kit, 'up.sh'))) {
    throw new ProgramError(`BERTH_CLUSTER_KIT: ${kit} holds no cluster kit`, 2);
  }
  const servers = assetsOf(assets);
  const found = tiers.map((tier): { tier: Tier; starts: Source['start'][]; why?: string | undefined } => {
    if (tier === 'admission' && servers.length > 0) {
      return { tier, starts: servers.map((folder) => () => startApiServer(folder)) };
    }
    if (!kit) return { tier, starts: [], why: 'an API server alone runs no controllers and no pods' };
    const why = kitLacks(tier);
    if (why !== undefined) return { tier, starts: [], why };
    return { tier, starts: [tier === 'admission' ? () => startApiServer(kitAssets()) : () => startKit(kit, tier)] };
  });
  const sources = found.flatMap(({ tier, starts }) => starts.map((start) => ({ tiers: [tier], start })));
  const notRun = found.flatMap(({ tier, why }) => (why === undefined ? [] : [`${tier}: ${why}`]));
  return { sources, notRun: kit || servers.length > 0 ? notRun : [] };
}

let child: ChildProcess | undefined;
let interrupted = false;

function jest(cluster: TestCluster, tier: Tier, results: string, args: readonly string[]): Promise<number> {
  const program = join(process.cwd(), 'node_modules/jest/bin/jest.js');
  const options = ['--config', 'jest.cluster.config.mjs', '--testPathPatterns', `test/cluster/${tier}/`, ...args];
  const env = { ...process.env, [CLUSTER]: JSON.stringify(cluster), [RESULTS]: results };
  child = spawn(process.execPath, [program, ...options], { stdio: 'inherit', env });
  return new Promise((done, failed) => {
    child?.on('error', failed);
    child?.on('close', (code) => done(code ?? 1));
  });
}

/** Runs the tests of a source, and removes from a cluster that stays what was installed for them. */
async function runOn({ tiers, start }: Source, args: readonly string[]): Promise<{ rows: Row[]; failed: boolean }> {
  const { cluster, stop, stays = false } = await start();
  const results = join(FOLDER, 'results.jsonl');
  rmSync(results, { force: true });
  const codes: number[] = [];
  let removeDefinitions = async () => {};
  try {
    const kubectl = kubectlFor(cluster);
    const remove = await installDefinitions(kubectl);
    if (stays) removeDefinitions = remove;
    const serves = (await kubectl.run('api-versions')).trim().split('\n');
    for (const tier of tiers) if (!interrupted) codes.push(await jest({ ...cluster, serves }, tier, results, args));
  } finally {
    await removeDefinitions().finally(stop);
  }
  const lines = existsSync(results) ? readFileSync(results, 'utf8').split('\n').filter(Boolean) : [];
  return {
    rows: lines.map((line) => ({ cluster: cluster.title, ...JSON.parse(line) })),
    failed: codes.some((code) => code !== 0),
  };
}

/** Separates the options of this program, which come first, from those of jest. */
function separate(args: readonly string[]): { own: readonly string[]; rest: readonly string[] } {
  const names = ['--tier', '--yes-this-cluster', '--help'];
  const first = args.findIndex((arg) => arg.startsWith('-') && !names.includes(arg.split('=')[0] as string));
  return first < 0 ? { own: args, rest: [] } : { own: args.slice(0, first), rest: args.slice(first) };
}

const { own, rest } = separate(process.argv.slice(2));

const program = new Program({
  name: 'test:cluster',
  help: HELP,
  options: { tier: { type: 'string' }, 'yes-this-cluster': { type: 'boolean', default: false } },
  choices: { tier: () => TIERS },
  run: async ({ tier, 'yes-this-cluster': yes }) => {
    const { sources, notRun } = sourcesFor(tier === undefined ? TIERS : [tier as Tier], yes);
    if (sources.length === 0) {
      throw new NotPossible(notRun.length > 0 ? notRun.map((line) => `not run: ${line}`).join('\n') : NO_CLUSTER);
    }
    mkdirSync(FOLDER, { recursive: true });
    const rows: Row[] = [];
    let failed = false;
    for (const source of sources) {
      if (interrupted) break;
      const outcome = await runOn(source, rest);
      rows.push(...outcome.rows);
      failed ||= outcome.failed;
    }
    writeFileSync(join(FOLDER, 'junit.xml'), junit(rows));
    console.log(`\n${table(rows)}\n`);
    for (const line of notRun) console.log(`not run: ${line}`);
    return failed || interrupted ? 1 : 0;
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true; // the tests end, and their cluster is deleted
    child?.kill(signal);
  });
}

export default { start: () => program.start(own) };
