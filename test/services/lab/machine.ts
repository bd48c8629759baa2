import { type ChildProcess, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder that tools/services.sh created. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth/services');
/** The root file system of all containers. */
export const ROOT_FILE_SYSTEM = join(CACHE, 'root');
/** The root file system with an older PostgreSQL. */
export const OLDER_ROOT_FILE_SYSTEM = join(CACHE, 'older');

/** The result of a command. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface CommandOptions {
  /** The whole environment. @default - that of this process */
  readonly env?: Readonly<Record<string, string>>;
  /** @default - nothing */
  readonly stdin?: string | Buffer;
  /** In seconds, after which it is killed. @default 120 */
  readonly timeout?: number;
}

/** Runs a command, and does not throw when it fails. The code of a killed one is that of a shell: 128 and the signal. */
export function command(argv: readonly string[], options: CommandOptions = {}): Promise<Output> {
  const [program, ...args] = argv as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env ?? process.env, detached: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    const timer = setTimeout(() => killGroup(child), (options.timeout ?? 120) * 1000);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();
      resolve({ code: code ?? 137, stdout: text(stdout), stderr: text(stderr) });
    });
    child.stdin.on('error', () => {}); // a command need not read its input
    child.stdin.end(options.stdin);
  });
}

function killGroup({ pid }: ChildProcess) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

/** The script for namespaces, networks and mounts. */
export const POD_SH = join(__dirname, 'pod.sh');

/** Runs the script, which has to succeed. */
export async function kernel(...args: string[]): Promise<void> {
  const { code, stderr } = await command(['bash', POD_SH, ...args]);
  if (code !== 0) throw new Error(`pod.sh ${args.join(' ')}: ${stderr}`);
}

/** Retries until it succeeds. */
export async function until(
  what: string,
  seconds: number,
  condition: () => boolean | Promise<boolean>,
  every = 0.05,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(every * 1000);
  }
}
