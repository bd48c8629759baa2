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

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; run this as the user who owns it, or change its permissions',
  EPERM: 'permission denied; run this as the user who owns it, or change its permissions',
  EROFS: 'the file system is read-only; run this on a copy that can be written',
  ENOSPC: 'the disk is full; free some space and run this again',
};

/** What the operating system refused, where, and how to mend it. */
export function refusalOf({ code = '', path, message }: NodeJS.ErrnoException): string {
  const why = REFUSED[code];
  return why === undefined || path === undefined ? message : `${path}: ${why}`;
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
