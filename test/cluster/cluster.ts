import { Kubectl } from '../../commands/shared/kubectl';

/** The parts of the tests: what an API server takes, what can be seen without a container, and what only running pods show. */
export const TIERS = ['admission', 'control-plane', 'node'] as const;
export type Tier = (typeof TIERS)[number];

/** A cluster that tests run on. */
export interface TestCluster {
  /** For people: what it is, and its version. */
  readonly title: string;
  readonly kubeconfig: string;
  /** The program. */
  readonly kubectl: string;
  /** What becomes of pods: they run, nodes that are simulated say that they do, or nobody looks after them. */
  readonly pods: 'run' | 'seem to run' | 'are not made';
  /** The API versions that it knows, once the definitions of custom resources are installed. */
  readonly serves: readonly string[];
  /** The folder of the cluster kit that made it. */
  readonly kit?: string;
}

/** A cluster that was just found or made. */
export type FoundCluster = Omit<TestCluster, 'serves'>;

/** Where the tests read what they run on, and write what came of it. */
export const CLUSTER = 'BERTH_CLUSTER';
export const RESULTS = 'BERTH_CLUSTER_RESULTS';

/** The cluster of this run. */
export function testCluster(): TestCluster {
  const text = process.env[CLUSTER];
  if (text === undefined) throw new Error('these tests need a cluster; run them with npm run test:cluster');
  return JSON.parse(text);
}

/** kubectl for a cluster and no other; a proxy is never in between. */
export function kubectlFor({ kubeconfig, kubectl }: Pick<TestCluster, 'kubeconfig' | 'kubectl'>): Kubectl {
  const { HTTPS_PROXY: _, https_proxy: __, ALL_PROXY: ___, all_proxy: ____, ...env } = process.env;
  return new Kubectl({ ...env, KUBECONFIG: kubeconfig }, kubectl);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Asks again and again until an answer is there.
 *
 * @throws what the last question ended with, after so many seconds
 */
export async function eventually<T>(seconds: number, ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(500);
    }
  }
}
