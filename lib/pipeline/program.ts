import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ProgramError } from '../base/errors';
import { expectedOneOf } from '../base/nearest';
import { InputError } from '../base/problem';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Own extends Options> = ReturnType<typeof parseArgs<{ options: Own }>>['values'];

/** What a command line says: the values of options, and the words beside them. */
export type Arguments<Own extends Options, Needed extends keyof Own = never> = Omit<Values<Own>, Needed> & {
  readonly [Option in Needed]: string;
} & { readonly positionals: readonly string[] };

/** Where a program runs, and how it talks. */
export interface Io {
  /** The project's folder. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** To standard output, with a line end. */
  say(text: string): void;
  /** To standard error, with a line end. */
  complain(text: string): void;
  /** All of standard input. */
  input(): string;
}

export interface ProgramProps<Own extends Options, Needed extends keyof Own> {
  /** As `npm run` knows it. */
  readonly name: string;
  /** What `--help` prints, without the exit codes, which all programs share. */
  readonly help: string;
  /** Beside `--help`, which every program has. */
  readonly options: Own;
  /** Options that have to be given. @default - none */
  readonly required?: readonly Needed[];
  /** Whether words beside options mean something. @default false */
  readonly positionals?: boolean;
  /** The values that an option may have; asked for only where the option is given. @default - any */
  readonly choices?: { readonly [Option in keyof Own]?: (root: string) => readonly string[] };
  /**
   * Does it.
   *
   * @returns 0 when all is fine, 1 when something does not hold or differs
   * @throws ProgramError for an end that whoever ran it can do something about
   */
  readonly run: (asked: Arguments<Own, Needed>, io: Io) => number | Promise<number>;
}

const EXIT_CODES = 'Exit codes: 0 fine, 1 violations, differences or a failure, 2 unusable input, 3 not possible here.';

/** A program of this project: the same `--help`, arguments, errors and exit codes for all. */
export class Program<const Own extends Options, Needed extends keyof Own = never> {
  constructor(private readonly props: ProgramProps<Own, Needed>) {}

  get help(): string {
    return `${this.props.help}\n\n${EXIT_CODES}`;
  }

  /**
   * Runs it in this process.
   *
   * @param args as they follow `--`
   * @returns the exit code
   */
  async run(args: readonly string[], io: Io): Promise<number> {
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
      // What the system refuses: a folder that cannot be written, a disk that is full.
      if ((error as NodeJS.ErrnoException).syscall !== undefined) {
        io.complain((error as Error).message);
        return 3;
      }
      // A mistake of ours. Whatever it is, it is no verdict, as 1 would be.
      io.complain((error as Error).stack ?? String(error));
      return 2;
    }
  }

  /** Runs it as this process, and sets the exit code. */
  async start(args: readonly string[] = process.argv.slice(2)): Promise<void> {
    // A reader that has seen enough, such as head, closes the pipe: that is no error, and changes no verdict.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      process.stderr.write(`what was to be said cannot be written: ${error.message}\n`);
      process.exit(3);
    });
    process.stderr.on('error', () => {}); // there is nobody left to tell
    process.exitCode = await this.run(args, {
      root: process.cwd(),
      env: process.env,
      say: (text) => process.stdout.write(`${text}\n`),
      complain: (text) => process.stderr.write(`${text}\n`),
      input: () => readFileSync(0, 'utf8'),
    });
  }

  /** @throws InputError for unknown options, values that are no choice and options that are missing */
  private parse(args: readonly string[], { root, env }: Io) {
    const { name, options, required = [], choices = {}, positionals: allowPositionals = false } = this.props;
    // `npm run synth --check` hands the option to npm, which takes it and says nothing.
    const swallowed = Object.keys(options).filter(
      (option) => env[`npm_config_${option.replaceAll('-', '_')}`] !== undefined,
    );
    if (swallowed.length > 0) {
      const all = swallowed.map((option) => `--${option}`).join(' ');
      const message = `npm took ${all} for itself; write: npm run ${name} -- ${all}`;
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
