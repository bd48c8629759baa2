import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Kubectl, run } from '../../commands/shared/kubectl';
import { type FoundCluster, kubectlFor, type Tier } from './cluster';

/** Two nodes in each of three zones, so that every zone keeps a node during a drain. */
const SIMULATED_NODES = 6;

/** Clusters of these tests have their process ID in the name, and use six ports from one of these on. */
const NAME = /^berth-(\d+)$/;
const FIRST_PORT = 20_000;
const PORTS = 10;

/** The kit's edge, with the memory for larger bodies that its image lacks. */
const EDGE = ['deployment/ingress-nginx-controller', '-n', 'ingress-nginx'];
const EDGE_SCRATCH = {
  volumes: [{ name: 'tmp', emptyDir: {} }],
  containers: [{ name: 'traefik', volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }],
};

function cache(): string {
  return process.env.CLUSTER_CACHE ?? join(homedir(), '.cache/cluster-kit');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const NEEDS = {
  admission: ['kube-apiserver', 'etcd', 'kubectl'],
  'control-plane': ['kube-apiserver', 'kwok'],
  node: ['kubelet', 'containerd', 'coredns', 'traefik'],
};

/** The kit's API server, in a folder as setup-envtest creates it. */
export function kitAssets(): string {
  return join(cache(), 'kubebuilder-assets');
}

/** The reason why a tier cannot run on the kit, or undefined. */
export function kitLacks(tier: Tier): string | undefined {
  const folder = tier === 'admission' ? kitAssets() : join(cache(), 'bin');
  const missing = NEEDS[tier].filter((program) => !existsSync(join(folder, program)));
  if (missing.length > 0) return `the cluster kit has no ${missing.join(', ')}; run its build.sh`;
  if (tier !== 'node') return undefined;
  if (process.getuid?.() !== 0) return 'a real node needs root';
  if (!existsSync(join(cache(), 'images/toolbox.json'))) return 'the cluster kit has no images; run its images.sh';
  const running = join(cache(), 'run/node');
  if (!existsSync(join(running, 'ready'))) return undefined;
  const [pid] = readFileSync(join(running, 'pids/kube-apiserver'), 'utf8').split(' ');
  return isAlive(Number(pid)) ? "another run uses the kit's node; down.sh --node ends it" : undefined;
}

/** The GPUs of simulated nodes, with the labels of NVIDIA's device plugin. */
const GPUS = { label: 'nvidia.com/gpu.present=true', status: { 'nvidia.com/gpu': '8' } };

async function addGpus(kubectl: Kubectl) {
  await kubectl.run('label', 'nodes', '--all', GPUS.label);
  const patch = JSON.stringify({ status: { capacity: GPUS.status, allocatable: GPUS.status } });
  for (const { metadata } of await kubectl.get('nodes')) {
    await kubectl.run('patch', 'node', metadata.name, '--subresource=status', '--type=merge', '--patch', patch);
  }
}

/** Starts a cluster of the kit. */
export async function startKit(kit: string, tier: Tier): Promise<{ cluster: FoundCluster; stop: () => Promise<void> }> {
  const script = async (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const result = await run(join(kit, name), args, { env: { ...process.env, ...env } });
    if (result.code !== 0) throw new Error(`the cluster kit's ${name}: exit ${result.code}\n${result.stderr}`);
    return result.stdout;
  };
  const runs = join(cache(), 'run');
  for (const name of existsSync(runs) ? readdirSync(runs) : []) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await script('down.sh', ['--name', name]);
  }
  const simulated = tier === 'control-plane';
  const down = simulated ? ['--name', `berth-${process.pid}`] : ['--node'];
  const stop = () => script('down.sh', down).then(() => {});
  try {
    const printed = await script('up.sh', [`--${tier}`], {
      ...(simulated && {
        CLUSTER_NAME: `berth-${process.pid}`,
        CLUSTER_PORT_BASE: String(FIRST_PORT + (process.pid % 1000) * PORTS),
        KWOK_NODES: String(SIMULATED_NODES),
      }),
    });
    const kubeconfig = printed.replace(/^export KUBECONFIG=/, '').trim();
    const found = { kubeconfig, kubectl: join(dirname(dirname(dirname(kubeconfig))), 'bin/kubectl') };
    const { gitVersion } = JSON.parse(await kubectlFor(found).run('get', '--raw', '/version'));
    if (!simulated) {
      await script('edge.sh', [], { KUBECONFIG: kubeconfig });
      const kubectl = kubectlFor(found);
      await kubectl.run('patch', ...EDGE, '--patch', JSON.stringify({ spec: { template: { spec: EDGE_SCRATCH } } }));
      await kubectl.run('rollout', 'status', ...EDGE, '--timeout=120s');
      await kubectl.run('wait', '--for=condition=Available', 'apiservice/v1beta1.metrics.k8s.io', '--timeout=120s');
    }
    if (simulated) await addGpus(kubectlFor(found));
    const title = `${simulated ? 'control plane' : 'node'} ${gitVersion}`;
    return { cluster: { ...found, title, pods: simulated ? 'seem to run' : 'run', kit }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
