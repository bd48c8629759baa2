// Answers a run at once that would change nothing. A run that succeeded, printed no error and left its input and output as they were is
// kept with what it printed: with the same code, arguments, input and output it would print the same.
const { createHash } = require('node:crypto');
const { lstatSync, readdirSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { modulesIn, put } = require('./bundle.cjs');

/** The input and output of synth, below the project's folder. */
const INPUT = 'environments';
const OUTPUT = 'dist';

/** A path out of the folder of the input, in a line that is no comment: the file that it names is input, too. */
const OUTSIDE = /^(?!\s*#).*\.\.\//m;

/** How long after a change of a file another one may have the same time, in milliseconds: a tick of the clock, or its whole seconds. */
const TICK = 20;
const SECOND = 2_100;

/** Calls a function with the path of each entry below a folder, its path in the folder, and its stat. */
function walk(folder, visit, below = '') {
  for (const name of readdirSync(folder)) {
    const [path, file] = [below + name, `${folder}/${name}`];
    const stat = statSync(file);
    if (!stat.isFile() && (!stat.isDirectory() || lstatSync(file).isSymbolicLink()))
      throw new Error(`${file} is no file`);
    visit(file, path, stat);
    if (stat.isDirectory()) walk(file, visit, `${path}/`);
  }
}

const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/**
 * What a run depends on, also the names of files beside code: an import may resolve to a new one. Input is compared by its content; code
 * and output, which are many files, by what a change of a file changes.
 */
class State {
  code = [process.version];
  input = [];
  output = [];
  /** Those of the input: they show that it was changed and changed back. */
  times = [];
  /** Whether no file of code or output has changed since the run started, or may change without a change of its time. */
  settled = true;
  /** Whether all input is known. */
  complete = true;
  #started;

  constructor({ project, root, bundle, args, started }) {
    this.#started = started;
    const stamp = readFileSync(`${bundle}.stamp`, 'utf8');
    this.#add(this.code, bundle, statSync(bundle));
    this.code.push(stamp);
    for (const line of stamp.split('\n')) this.#source(join(root, line.slice(0, line.indexOf('\t'))));
    const variables = Object.keys(process.env).filter((name) => name.startsWith('npm_config_'));
    this.input.push(project, ...args, ...variables);
    walk(join(project, INPUT), (file, path, stat) => {
      this.times.push(stat.ctimeMs);
      if (stat.isDirectory()) return void this.input.push(path);
      const content = readFileSync(file);
      this.input.push(`${path} ${sha256(content)}`);
      if (OUTSIDE.test(content.toString('latin1'))) this.complete = false;
    });
  }

  /** Adds the output, of which a link, which the program refuses, is another one. */
  withOutput(project) {
    const folder = join(project, OUTPUT);
    this.#add(this.output, folder, lstatSync(folder));
    walk(folder, (_, path, stat) => this.#add(this.output, path, stat));
    this.output.push(...readdirSync(project).filter((name) => name.startsWith('.dist.')));
    return this;
  }

  /** What identifies each part. */
  get keys() {
    const keyOf = (lines) => sha256(lines.join('\n'));
    return { code: keyOf(this.code), input: keyOf(this.input), output: keyOf(this.output) };
  }

  #add(lines, path, { size, mtimeMs, ctimeMs, ino, mode }) {
    lines.push([path, size, mtimeMs, ctimeMs, ino, mode].join(' '));
    if (ctimeMs + (ctimeMs % 1000 === 0 ? SECOND : TICK) >= this.#started) this.settled = false;
  }

  #source(path) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) this.code.push(path);
    else if (stat.isDirectory()) this.code.push(path, ...modulesIn(path));
    else this.#add(this.code, path, stat);
  }
}

/** What a function returns, or undefined where a file is missing or cannot be read: then the program runs, and says so. */
function ifPossible(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A place where nothing can be written keeps nothing. */
const keep = (file, content) => ifPossible(() => put(file, JSON.stringify(content)));

/**
 * The same run, if it has changed nothing before.
 *
 * @param project the folder of the input and the output
 * @param root the folder of the code
 * @param bundle the file of the program
 * @param copy the path of a further file that the run is to write. @default - none
 * @returns whether the bundle is that of the code; what the run printed, and its further file, if they are known; and a function that keeps
 *   what this run has printed. Undefined where nothing can be said
 */
function earlierRun(project, root, bundle, args, copy) {
  const from = { project, root, bundle, args, started: Date.now() };
  const before = ifPossible(() => new State(from));
  if (before === undefined) return undefined;
  const { code, input } = before.keys;
  const file = `${bundle}.${copy === undefined ? 'unchanged' : 'copied'}.json`;
  const known = ifPossible(() => JSON.parse(readFileSync(file, 'utf8'))); // never kept, or cut off
  const isBuilt = known?.code === code;
  // The output is looked at last: it takes longest.
  const outputNow = () => ifPossible(() => before.withOutput(project))?.keys.output;
  const isSame = isBuilt && known.input === input && known.output === outputNow();
  const folderNow = () => lstatSync(join(project, OUTPUT), { throwIfNoEntry: false })?.ino;
  const folder = folderNow();
  return {
    isBuilt,
    ...(isSame && { printed: known.printed, copied: known.copied }),
    keep(printed) {
      const after = ifPossible(() => new State(from));
      if (!after?.settled || after.keys.code !== code) return;
      // A run that changes the output replaces it.
      const isUnchanged =
        after.complete &&
        after.keys.input === input &&
        after.times.join() === before.times.join() &&
        folderNow() === folder;
      const isKnown = isUnchanged && ifPossible(() => after.withOutput(project))?.settled;
      const copied = copy === undefined ? undefined : ifPossible(() => readFileSync(copy, 'utf8'));
      if (isKnown && (copy === undefined) === (copied === undefined)) keep(file, { ...after.keys, printed, copied });
      else if (!isBuilt) keep(file, { code });
    },
  };
}

/** Keeps what this process prints to a stream when it ends, unless it fails or prints to the other one, too. */
function keepAtExit({ keep }, stream) {
  const texts = { stdout: [], stderr: [] };
  for (const [name, printed] of Object.entries(texts)) {
    const write = process[name].write.bind(process[name]);
    process[name].write = (text, ...more) => {
      printed.push(String(text));
      return write(text, ...more);
    };
  }
  process.on('exit', (code) => {
    const other = stream === 'stdout' ? texts.stderr : texts.stdout;
    if (code === 0 && other.length === 0) keep(texts[stream].join(''));
  });
}

module.exports = { earlierRun, keepAtExit };
