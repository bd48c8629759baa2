import { type ParseArgsConfig, parseArgs } from 'node:util';
import { expectedOneOf } from './nearest';
import { InputError } from './problem';

/**
 * Reads a command line.
 *
 * @param program the name of the command, for messages
 * @param help what is shown when the command line is wrong
 * @param choices of an option's values, those that there are; asked for only where the option is given
 * @throws InputError for unknown options and for values that are no choice, all at once
 */
export function parseOptions<const Config extends ParseArgsConfig>(
  program: string,
  help: string,
  config: Config,
  choices: Readonly<Record<string, () => readonly string[]>>,
): ReturnType<typeof parseArgs<Config>> {
  // `npm run synth --check` hands the option to npm, which takes it and says nothing.
  const swallowed = Object.keys(config.options ?? {}).filter(
    (option) => process.env[`npm_config_${option}`] !== undefined,
  );
  if (swallowed.length > 0) {
    const options = swallowed.map((option) => `--${option}`).join(' ');
    throw new InputError([
      { file: program, message: `npm took ${options} for itself; write: npm run ${program} -- ${options}` },
    ]);
  }
  let parsed: ReturnType<typeof parseArgs<Config>>;
  try {
    parsed = parseArgs(config);
  } catch (error) {
    throw new InputError([{ file: program, message: `${(error as Error).message}\n\n${help}` }]);
  }
  const values = parsed.values as Record<string, string | boolean | readonly string[] | undefined>;
  const problems = Object.entries(choices).flatMap(([option, known]) => {
    const given = [values[option] ?? []].flat().map(String);
    const all = given.length > 0 ? known() : [];
    const unknown = given.filter((value) => !all.includes(value));
    return unknown.map((value) => ({ file: `--${option}`, message: `given "${value}", ${expectedOneOf(all, value)}` }));
  });
  if (problems.length > 0) throw new InputError(problems);
  return parsed;
}
