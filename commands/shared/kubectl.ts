import { spawn } from 'node:child_process';
import { Failure, NotPossible } from '../../lib/base/errors';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Runs a program to its end.
 *
 * @throws when it cannot be started
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input, env = process.env, cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, ...output }));
    child.stdin.on('error', () => {}); // a program that does not read its input may end before it is written
    child.stdin.end(input ?? '');
  });
}

/** kubectl, and the cluster that it talks to. */
export class Kubectl {
  /**
   * @param env what names the cluster: KUBECONFIG
   * @param program where kubectl is
   */
  constructor(
    readonly env: NodeJS.ProcessEnv = process.env,
    readonly program = 'kubectl',
  ) {}

  /** Whatever comes of it. */
  async attempt(args: readonly string[], input?: string): Promise<Outcome> {
    try {
      return await run(this.program, args, { env: this.env, ...(input !== undefined && { input }) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new NotPossible(`${this.program} is not there; it comes with https://kubernetes.io/docs/tasks/tools`);
    }
  }

  /**
   * What it printed.
   *
   * @throws with what it complained of, when it failed
   */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(args);
    if (code !== 0) throw new Failure(`kubectl ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`.trimEnd());
    return stdout;
  }

  /** The objects of `get … -o json`: the items of a list, or the one that was asked for. */
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind
  async get(...args: readonly string[]): Promise<any[]> {
    const found = JSON.parse((await this.run('get', ...args, '-o', 'json')) || '{"items":[]}');
    return found.kind === 'List' || found.items !== undefined ? found.items : [found];
  }
}
