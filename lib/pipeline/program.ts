import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ProgramError, refusalOf } from '../base/errors';
import { expectedOneOf } from '../base/nearest';
import { printable } from '../base/printable';
import { InputError } from '../base/problem';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Own extends Options> = ReturnType<typeof parseArgs<{ options: Own }>>['values'];

/** Parsed arguments: the values of options, and the positional arguments. */
export type Arguments<Own extends Options, Needed extends keyof Own = never> = Omit<Values<Own>, Needed> & {
  readonly [Option in Needed]: string;
} & { readonly positionals: readonly string[] };

/** The environment of a program: its folder, variables, input and output. */
export interface Io {
  /** The path of the project's folder. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** Prints a line to standard output. */
  say(text: string): void;
  /** Prints a line to standard error. */
  complain(text: string): void;
  /** Reads all of standard input. */
  input(): string;
}

/** The definition of a program. */
export interface ProgramProps<Own extends Options, Needed extends keyof Own> {
  /** The name of its npm script. */
  readonly name: string;
  /** The text of `--help`, without the exit codes, which all programs share. */
  readonly help: string;
  /** Its options, without `--help`, which every program has. */
  readonly options: Own;
  /** Required options. @default - none */
  readonly required?: readonly Needed[];
  /** Whether positional arguments are allowed. @default false */
  readonly positionals?: boolean;
  /** The allowed values of an option, computed only if it is given. @default - any */
  readonly choices?: { readonly [Option in keyof Own]?: (root: string) => readonly string[] };
  /**
   * Runs the program.
   *
   * @returns the exit code: 0, or 1 for violations or differences
   * @throws ProgramError for an error that the user can fix
   */
  readonly run: (asked: Arguments<Own, Needed>, io: Io) => number | Promise<number>;
}

/** The project that a folder is in: the nearest folder above with environments. @default - the folder itself */
function projectOf(folder: string): string {
  const found = [folder, ...parentsOf(folder)].find((one) => existsSync(join(one, 'environments')));
  return found ?? folder;
}

function parentsOf(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [parent, ...parentsOf(parent)];
}

const EXIT_CODES = 'Exit codes: 0 fine, 1 violations, differences or a failure, 2 unusable input, 3 not possible here.';

/** A command-line program. All programs share `--help`, the parsing of arguments, error messages and exit codes. */
export class Program<const Own extends Options, Needed extends keyof Own = never> {
  constructor(private readonly props: ProgramProps<Own, Needed>) {}

  /** What follows `npm run`. */
  get name(): string {
    return this.props.name;
  }

  get help(): string {
    return `${this.props.help}\n\n${EXIT_CODES}`;
  }

  /**
   * Runs it in this process.
   *
   * @param args the arguments, without the node executable and the script
   * @returns the exit code
   */
  async run(args: readonly string[], terminal: Io): Promise<number> {
    const io: Io = {
      ...terminal,
      say: (text) => terminal.say(printable(text)),
      complain: (text) => terminal.complain(printable(text)),
    };
    try {
      const { values, positionals } = this.parse(args, io);
      if (values.help === true) {
        io.say(this.help);
        return 0;
      }
      return await this.props.run({ ...values, positionals } as unknown as Arguments<Own, Needed>, io);
    } catch (error) {
      if (error instanceof ProgramError) {
        io.complain(error.message);
        return error.exitCode;
      }
      // Errors of the operating system, such as a folder that cannot be written or a full disk.
      if ((error as NodeJS.ErrnoException).syscall !== undefined) {
        io.complain(refusalOf(error as NodeJS.ErrnoException));
        return 3;
      }
      // A bug. The exit code is not 1, which would mean violations.
      io.complain((error as Error).stack ?? String(error));
      return 2;
    }
  }

  /** Runs it as this process, and sets the exit code. */
  async start(args: readonly string[] = process.argv.slice(2)): Promise<void> {
    // A reader such as head may close the pipe early. That is no error.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      process.stderr.write(`the output cannot be written: ${error.message}\n`);
      process.exit(3);
    });
    process.stderr.on('error', () => {}); // it cannot be reported anywhere
    const root = projectOf(process.cwd());
    // npm runs scripts in the project's folder; paths are relative to where the user is in it.
    const { INIT_CWD: here } = process.env;
    if (here !== undefined && !relative(root, here).startsWith('..')) process.chdir(here);
    process.exitCode = await this.run(args, {
      root,
      env: process.env,
      say: (text) => process.stdout.write(`${text}\n`),
      complain: (text) => process.stderr.write(`${text}\n`),
      input: () => readFileSync(0, 'utf8'),
    });
  }

  /** @throws InputError for unknown options, values that are not allowed, and missing required options */
  private parse(args: readonly string[], { root, env }: Io) {
    const { name, options, required = [], choices = {}, positionals: allowPositionals = false } = this.props;
    // In `npm run synth --check` npm consumes the option silently.
    const swallowed = Object.keys(options).filter(
      (option) => env[`npm_config_${option.replaceAll('-', '_')}`] !== undefined,
    );
    if (swallowed.length > 0) {
      const all = swallowed.map((option) => `--${option}`).join(' ');
      const message = `npm took ${all} as its own option; write: npm run ${name} -- ${all}`;
      throw new InputError([{ file: name, message }]);
    }
    const parsed = this.read({ args: [...args], options: { ...options, help: { type: 'boolean' } }, allowPositionals });
    const values = parsed.values as Record<string, string | boolean | readonly string[] | undefined>;
    if (values.help === true) return { values, positionals: parsed.positionals };
    const unknown = Object.entries(choices as Record<string, (root: string) => readonly string[]>).flatMap(
      ([option, known]) => {
        const given = [values[option] ?? []].flat().map(String);
        const all = given.length > 0 ? known(root) : [];
        return given
          .filter((value) => !all.includes(value))
          .map((value) => ({ file: `--${option}`, message: `given "${value}", ${expectedOneOf(all, value)}` }));
      },
    );
    if (unknown.length > 0) throw new InputError(unknown);
    const missing = required.map(String).filter((option) => values[option] === undefined);
    if (missing.length > 0) {
      throw new InputError(missing.map((option) => ({ file: `--${option}`, message: `is missing\n\n${this.help}` })));
    }
    return { values, positionals: parsed.positionals };
  }

  private read(config: ParseArgsConfig) {
    try {
      return parseArgs(config);
    } catch (error) {
      throw new InputError([{ file: this.props.name, message: `${(error as Error).message}\n\n${this.help}` }]);
    }
  }
}
