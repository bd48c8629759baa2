import { join } from 'node:path';
import { ProgramError, refusalOf } from '../base/errors';
import { environmentNames, FOLDER } from '../config/environment-folders';
import type { Registry } from './definition';
import type { Io } from './program';
import { type Request, synth } from './synth';
import { watchFiles } from './watch';

/** The environments that changed files belong to, or undefined where it may be all of them: files beside the folders. */
function environmentsOf(files: readonly string[]): readonly string[] | undefined {
  const folders = files.map((file) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined));
  return folders.includes(undefined) ? undefined : [...new Set(folders as string[])];
}

/**
 * Runs a synth, and again after each change of an environment file, until the process is stopped. After a change in one environment it is
 * that of this environment alone. While something does not hold, `dist/` stays as it was.
 *
 * @param signal ends it. @default - nothing does
 */
export function synthAlways(registry: Registry, request: Request, io: Io, signal?: AbortSignal): Promise<number> {
  /** What changed since the last synth that succeeded. @default - all is new */
  let pending: readonly string[] | undefined = [];
  /** @param files what changed. @default - all is new */
  const run = (files?: readonly string[]) => {
    pending = files && pending && [...pending, ...files];
    try {
      const names = environmentNames(io.root);
      const changed = pending && environmentsOf(pending);
      // Of an environment that is gone, dist/ has still objects.
      const isWhole = changed === undefined || changed.some((name) => !names.includes(name));
      const environments = isWhole
        ? request.environments
        : changed.filter((name) => request.environments?.includes(name) ?? true);
      if (environments?.length === 0 || synth(registry, names, { ...request, environments }, io) === 0) pending = [];
    } catch (error) {
      const refused = error as NodeJS.ErrnoException;
      if (!(error instanceof ProgramError) && refused.syscall === undefined) throw error;
      io.complain(`${error instanceof ProgramError ? error.message : refusalOf(refused)}\ndist/ is as it was`);
    }
  };
  io.say(`watching ${FOLDER}/ until Ctrl-C`);
  const stop = watchFiles(join(io.root, FOLDER), (files) => {
    const started = performance.now();
    run(files);
    io.say(`${files.map((file) => `${FOLDER}/${file}`).join(', ')}: ${Math.round(performance.now() - started)} ms`);
  });
  run();
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => {
      stop();
      resolve(0);
    });
  });
}
