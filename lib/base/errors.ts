/** 1: a violation, a difference or a failure; 2: unusable input; 3: not possible on this machine. */
export type ExitCode = 1 | 2 | 3;

/** An error that the user can fix. It is shown without a stack trace. */
export class ProgramError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

/** The operation ran and failed. Exit code 1. */
export class Failure extends ProgramError {
  constructor(message: string) {
    super(message, 1);
  }
}

/** The operation cannot run here: a program, a cluster or a permission is missing. Exit code 3. */
export class NotPossible extends ProgramError {
  constructor(message: string) {
    super(message, 3);
  }
}
