import { ProgramError } from './errors';

/** A place in a file, counted from 1 as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a file that somebody edits. */
export interface Problem {
  /** The file, relative to the project. */
  readonly file: string;
  /** Where in the file; none where the file as a whole is meant. */
  readonly position?: Position | undefined;
  /** The path of the value, as in `hosts.api`. */
  readonly path?: string | undefined;
  /** What was given, what was expected and how to mend it, in one sentence. */
  readonly message: string;
}

/** `environments/prod/salient.yaml:3:18: backend.tag` */
export function formatPlace({ file, position, path }: Omit<Problem, 'message'>): string {
  const place = position ? `${file}:${position.line}:${position.column}` : file;
  return path ? `${place}: ${path}` : place;
}

/** `environments/prod/salient.yaml:3:18: backend.tag: given "latest", expected …` */
export function formatProblem(problem: Problem): string {
  return `${formatPlace(problem)}: ${problem.message}`;
}

function byPlace(a: Problem, b: Problem): number {
  const line = (a.position?.line ?? 0) - (b.position?.line ?? 0);
  const column = (a.position?.column ?? 0) - (b.position?.column ?? 0);
  return a.file.localeCompare(b.file) || line || column;
}

/** Everything that is wrong with what the user gave, all at once. It is shown without a stack trace. */
export class InputError extends ProgramError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = [...problems].sort(byPlace);
    super(sorted.map(formatProblem).join('\n'), 2);
    this.name = 'InputError';
    this.problems = sorted;
  }
}
