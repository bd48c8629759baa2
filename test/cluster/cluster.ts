import { Kubectl } from '../../commands/shared/kubectl';

/** The tiers of the tests: those that need only an API server, those that need no containers, and those with running pods. */
export const TIERS = ['admission', 'control-plane', 'node'] as const;
/** One of the tiers. */
export type Tier = (typeof TIERS)[number];

/** A cluster that tests run on. */
export interface TestCluster {
  /** For messages: its kind and version. */
  readonly title: string;
  readonly kubeconfig: string;
  /** The path of kubectl. */
  readonly kubectl: string;
  /** Whether pods run, are reported as running by simulated nodes, or are not scheduled at all. */
  readonly pods: 'run' | 'seem to run' | 'are not made';
  /** The API versions that it serves, once the definitions of custom resources are installed. */
  readonly serves: readonly string[];
  /** The folder of the cluster kit that created it. */
  readonly kit?: string;
}

/** A cluster that was just found or created. */
export type FoundCluster = Omit<TestCluster, 'serves'>;

/** The environment variables with the cluster that the tests run on, and with the file for their results. */
export const CLUSTER = 'BERTH_CLUSTER';
export const RESULTS = 'BERTH_CLUSTER_RESULTS';

/** The cluster of this run. */
export function testCluster(): TestCluster {
  const text = process.env[CLUSTER];
  if (text === undefined) throw new Error('these tests need a cluster; run them with npm run test:cluster');
  return JSON.parse(text);
}

/** kubectl for this cluster only, without a proxy. */
export function kubectlFor({ kubeconfig, kubectl }: Pick<TestCluster, 'kubeconfig' | 'kubectl'>): Kubectl {
  const { HTTPS_PROXY: _, https_proxy: __, ALL_PROXY: ___, all_proxy: ____, ...env } = process.env;
  return new Kubectl({ ...env, KUBECONFIG: kubeconfig }, kubectl);
}

/** Waits for some time. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Retries until it succeeds.
 *
 * @throws the last error, after so many seconds
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
