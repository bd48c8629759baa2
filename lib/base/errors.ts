/** 1: it does not hold, differs, or did not work; 2: what was given cannot be used; 3: not possible on this machine. */
export type ExitCode = 1 | 2 | 3;

/** An end that whoever ran the program can do something about. It is told without a stack trace. */
export class ProgramError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

/** What was asked for was tried or judged, and did not work out. */
export class Failure extends ProgramError {
  constructor(message: string) {
    super(message, 1);
  }
}

/** What was asked for needs something that is not here: a program, a cluster, the right to write. */
export class NotPossible extends ProgramError {
  constructor(message: string) {
    super(message, 3);
  }
}
