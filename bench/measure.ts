import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, NotPossible } from '../lib/base/errors';

/** The time after which a process is killed, in seconds. */
export const LIMIT = 60;

/** What is measured: a command in a folder. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly folder: string;
  /** The file that gets its standard output. */
  readonly output: string;
  /** The exit codes of success. @default [0] */
  readonly codes?: readonly number[];
}

/** One line of a table. */
export interface Contender {
  readonly name: string;
  readonly command: Command;
  /** What happens before each run, unmeasured. @default - nothing */
  readonly before?: () => unknown;
  /** The file or folder with the objects that it makes, which have to be those of Berth. @default - they are not compared */
  readonly makes?: string;
}

/** What one run of a command took, by the kernel's count. */
export interface Usage {
  /** From the start to the end of the process, in milliseconds. */
  readonly wall: number;
  /** Of all its processes, in milliseconds. */
  readonly cpu: number;
  /** The peak of its largest process, in MB. */
  readonly memory: number;
}

/** The usage of each contender, round by round; undefined from where it took too long. */
export type Samples = ReadonlyMap<string, readonly Usage[] | undefined>;

// As from a terminal, without what npm gave to the benchmark.
const ENV = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/i.test(name)));

/**
 * Runs a command.
 *
 * @returns undefined if it took longer than the limit
 * @throws Failure if the command fails
 * @throws NotPossible without Python 3
 */
export function measure(root: string, { words, folder, output, codes = [0] }: Command): Usage | undefined {
  const launcher = join(root, 'bench/launch.py');
  const { stdout, stderr, error } = spawnSync('python3', [launcher, String(LIMIT), output, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: ENV,
  });
  if (error !== undefined) throw new NotPossible('bench measures with Python 3; install python3');
  if (!stdout.startsWith('{'))
    throw new Failure(`${words.join(' ')} could not be run: ${stderr.trim().split('\n').at(-1)}`);
  const { code, ...usage }: Usage & { code: number | null } = JSON.parse(stdout);
  if (code === null) return undefined;
  if (!codes.includes(code)) {
    const said = readFileSync(`${output}.errors`, 'utf8').trim().split('\n').slice(-20).join('\n');
    throw new Failure(`${words.join(' ')} exited with ${code}:\n${said}`);
  }
  return usage;
}

/** The middle of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
