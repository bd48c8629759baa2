// Answers a run at once that would change nothing. A run that succeeded, printed no error and left its input and output as they were is
// kept with what it printed: with the same code, arguments, input and output it would print the same.
const { createHash } = require('node:crypto');
const { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

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
  lines = [];
  /** Those of the input: they show that it was changed and changed back. */
  times = [];
  /** Whether no file can change without a change of its time, and all input is known. */
  settled = true;
  /** The folder of the output: another one was written by this run. */
  folder;
  #now = Date.now();

  constructor(project, root, bundle, args) {
    const code = readFileSync(`${bundle}.stamp`, 'utf8');
    this.lines.push(process.version, project, ...args, code);
    for (const line of code.split('\n')) this.#source(join(root, line.slice(0, line.indexOf('\t'))));
    walk(join(project, INPUT), (file, path, stat) => {
      this.times.push(stat.ctimeMs);
      if (stat.isDirectory()) return void this.lines.push(path);
      const content = readFileSync(file);
      this.lines.push(`${path} ${sha256(content)}`);
      if (OUTSIDE.test(content.toString('latin1'))) this.settled = false;
    });
    // Of a link, which the program refuses, it is another one.
    this.folder = lstatSync(join(project, OUTPUT)).ino;
    this.lines.push(String(this.folder));
    walk(join(project, OUTPUT), (_, path, stat) => this.#add(path, stat));
    const variables = Object.keys(process.env).filter((name) => name.startsWith('npm_config_'));
    this.lines.push(...readdirSync(project).filter((name) => name.startsWith('.dist.')), ...variables);
  }

  get key() {
    return sha256(this.lines.join('\n'));
  }

  #add(path, { size, mtimeMs, ctimeMs, ino, mode }) {
    this.lines.push([path, size, mtimeMs, ctimeMs, ino, mode].join(' '));
    if (ctimeMs + (ctimeMs % 1000 === 0 ? SECOND : TICK) >= this.#now) this.settled = false;
  }

  #source(path) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) this.lines.push(path);
    else if (stat.isDirectory()) this.lines.push(path, ...readdirSync(path));
    else this.#add(path, stat);
  }
}

/** The state, or undefined where a file is missing or cannot be read: then the program runs, and says so. */
function stateIfPossible(...from) {
  try {
    return new State(...from);
  } catch {
    return undefined;
  }
}

/** What the same run has printed, or undefined. */
function kept(file, key) {
  try {
    const { key: known, printed } = JSON.parse(readFileSync(file, 'utf8'));
    return known === key && typeof printed === 'string' ? printed : undefined;
  } catch {
    return undefined; // never kept, or cut off
  }
}

/** A place where nothing can be written keeps nothing. */
function keep(file, content) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(content));
    renameSync(`${file}.${process.pid}`, file);
  } catch {}
}

/**
 * The same run, if it has changed nothing before.
 *
 * @param project the folder of the input and the output
 * @param root the folder of the code
 * @param bundle the file of the program
 * @returns what it printed, if so, and a function that keeps what this run has printed; undefined where nothing can be said
 */
function earlierRun(project, root, bundle, args) {
  const before = stateIfPossible(project, root, bundle, args);
  if (before === undefined) return undefined;
  const { key, settled, times, folder } = before;
  const file = `${bundle}.unchanged.json`;
  return {
    printed: kept(file, key),
    keep(printed) {
      const isReplaced = lstatSync(join(project, OUTPUT), { throwIfNoEntry: false })?.ino !== folder;
      const after = settled && !isReplaced ? stateIfPossible(project, root, bundle, args) : undefined;
      if (after?.key === key && after.times.join() === times.join()) keep(file, { key, printed });
    },
  };
}

/** Keeps what this process prints when it ends, unless it fails or prints an error. */
function keepAtExit({ keep }) {
  const texts = { stdout: [], stderr: [] };
  for (const [name, printed] of Object.entries(texts)) {
    const write = process[name].write.bind(process[name]);
    process[name].write = (text, ...more) => {
      printed.push(String(text));
      return write(text, ...more);
    };
  }
  process.on('exit', (code) => {
    if (code === 0 && texts.stderr.length === 0) keep(texts.stdout.join(''));
  });
}

module.exports = { earlierRun, keepAtExit };
