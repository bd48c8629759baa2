import { spawn } from 'node:child_process';
import { Failure, NotPossible } from '../../lib/base/errors';

/** The result of a program that ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is started. */
export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** After how many milliseconds it is ended. @default - never */
  readonly timeout?: number;
}

/**
 * Runs a program and waits until it ends.
 *
 * @throws when it cannot be started
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input, env = process.env, cwd, timeout } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, timeout, stdio: 'pipe' });
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

/** Runs kubectl against the cluster of its environment. */
export class Kubectl {
  /**
   * @param env its environment variables, such as KUBECONFIG
   * @param program the path of kubectl
   * @param context the context of its configuration. @default - the current one
   */
  constructor(
    readonly env: NodeJS.ProcessEnv = process.env,
    readonly program = 'kubectl',
    readonly context?: string,
  ) {}

  /** The arguments that select the context. */
  get selection(): readonly string[] {
    return this.context === undefined ? [] : ['--context', this.context];
  }

  /** Runs kubectl, and does not throw when it fails. */
  async attempt(args: readonly string[], input?: string): Promise<Outcome> {
    try {
      return await run(this.program, [...this.selection, ...args], {
        env: this.env,
        ...(input !== undefined && { input }),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new NotPossible(`${this.program} is not installed; see https://kubernetes.io/docs/tasks/tools`);
    }
  }

  /**
   * Runs kubectl and returns its output.
   *
   * @throws Failure with its error message
   */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(args);
    if (code !== 0) throw new Failure(`kubectl ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`.trimEnd());
    return stdout;
  }

  /** The objects of `get … -o json`: the items of a list, or the single object. */
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind
  async get(...args: readonly string[]): Promise<any[]> {
    const found = JSON.parse((await this.run('get', ...args, '-o', 'json')) || '{"items":[]}');
    return found.kind === 'List' || found.items !== undefined ? found.items : [found];
  }
}
