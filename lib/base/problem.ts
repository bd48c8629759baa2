import { ProgramError } from './errors';

/** A position in a file. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One error in an input file. */
export interface Problem {
  /** The file, relative to the project. */
  readonly file: string;
  /** @default - the file as a whole */
  readonly position?: Position | undefined;
  /** The path of the value, as in `hosts.api`. @default - none */
  readonly path?: string | undefined;
  /** One sentence: given X, expected Y; remedy. */
  readonly message: string;
}

/** `environments/prod/salient.yaml:3:18: backend.tag` */
export function formatLocation({ file, position, path }: Omit<Problem, 'message'>): string {
  const location = position ? `${file}:${position.line}:${position.column}` : file;
  return path ? `${location}: ${path}` : location;
}

/** `environments/prod/salient.yaml:3:18: backend.tag: given "latest", expected …` */
export function formatProblem(problem: Problem): string {
  return `${formatLocation(problem)}: ${problem.message}`;
}

function byLocation(a: Problem, b: Problem): number {
  const line = (a.position?.line ?? 0) - (b.position?.line ?? 0);
  const column = (a.position?.column ?? 0) - (b.position?.column ?? 0);
  return a.file.localeCompare(b.file) || line || column;
}

/** All errors of the input at once, sorted by file and position. Shown without a stack trace. Exit code 2. */
export class InputError extends ProgramError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = [...problems].sort(byLocation);
    // Environments that share a file have its problems in common.
    super([...new Set(sorted.map(formatProblem))].join('\n'), 2);
    this.name = 'InputError';
    this.problems = sorted;
  }
}
