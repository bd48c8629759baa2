import { parseArgs } from 'node:util';
import { expectedOneOf } from './nearest';
import { InputError, type Problem } from './problem';

export const HELP = `Synthesizes environments/<environment>/<system>.yaml into dist/<environment>/<system>/.

  npm run synth                                      everything
  npm run synth -- --env prod                        one environment (may be repeated)
  npm run synth -- --env prod --system salient       one system of it; the rest of dist/ stays as it is
  npm run synth -- --check                           writes nothing; exits with 1 if dist/ is stale`;

/** What a synth is asked to do. */
export interface Request {
  readonly help: boolean;
  /** Write nothing, and fail if `dist/` is not what would be written. */
  readonly check: boolean;
  readonly environments: readonly string[];
  readonly systems: readonly string[];
  /** The folders of `dist/` that are to hold what is produced and nothing else. */
  readonly scope: readonly string[] | 'all';
}

function unknown(option: string, given: readonly string[] | undefined, known: readonly string[]): Problem[] {
  return (given ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => ({ file: option, message: `given "${name}", ${expectedOneOf(known, name)}` }));
}

/**
 * Reads the command line.
 *
 * @throws InputError for options, environments and systems that there are not
 */
export function parseRequest(
  args: readonly string[],
  environments: readonly string[],
  systems: readonly string[],
): Request {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        env: { type: 'string', multiple: true },
        system: { type: 'string', multiple: true },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const problems = [...unknown('--env', values.env, environments), ...unknown('--system', values.system, systems)];
    if (problems.length > 0) throw new InputError(problems);
    const { env, system, help, check } = values;
    const chosen = env ?? environments;
    const folders = system === undefined ? chosen : chosen.flatMap((name) => system.map((one) => `${name}/${one}`));
    return {
      help,
      check,
      environments: chosen,
      systems: system ?? systems,
      scope: env === undefined && system === undefined ? 'all' : folders,
    };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError([{ file: 'synth', message: `${(error as Error).message}\n\n${HELP}` }]);
  }
}
