import { parseOptions } from './options';

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

/**
 * Reads the command line of a synth.
 *
 * @throws InputError for options, environments and systems that there are not
 */
export function parseRequest(
  args: readonly string[],
  environments: readonly string[],
  systems: readonly string[],
): Request {
  const { values } = parseOptions(
    'synth',
    HELP,
    {
      args: [...args],
      options: {
        env: { type: 'string', multiple: true },
        system: { type: 'string', multiple: true },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    },
    { env: () => environments, system: () => systems },
  );
  const { env, system, help, check } = values;
  const chosen = [...new Set(env ?? environments)];
  const wanted = [...new Set(system ?? systems)];
  const folders = system === undefined ? chosen : chosen.flatMap((name) => wanted.map((one) => `${name}/${one}`));
  return {
    help,
    check,
    environments: chosen,
    systems: wanted,
    scope: env === undefined && system === undefined ? 'all' : folders,
  };
}
