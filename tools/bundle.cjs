// Bundles a TypeScript entry point with its libraries, and again only when a source has changed: loading one bundle takes a
// fraction of the time of loading the libraries file by file.
const { createHash } = require('node:crypto');
const { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** How often a build is repeated when a source was saved during it. */
const ATTEMPTS = 5;

/** How far the mtime of a file may lag behind the clock, in milliseconds: Linux takes it from a timer of 100 Hz. */
const TICK = 10;

// Scripts and configuration files for pods: an import of one is its text.
const TEXT = ['.sh', '.sql', '.ini', '.conf', '.lua'];

// An import of YAML is its value, so that no run has to read it.
const YAML = {
  name: 'yaml',
  setup: (build) =>
    build.onLoad({ filter: /\.yaml$/ }, ({ path }) => ({
      contents: JSON.stringify(require('yaml').parse(readFileSync(path, 'utf8'))),
      loader: 'json',
    })),
};

// The files that an import can resolve to.
const MODULE = /\.([cm]?[jt]sx?|json|sh|sql|ini|conf|yaml)$/;

// The files that every bundle depends on beside its sources. `npm ci` changes the libraries, and writes this lockfile last.
const ALWAYS = ['tools/bundle.cjs', 'tsconfig.json', 'node_modules/.package-lock.json'];

const modulesIn = (folder) =>
  readdirSync(folder)
    .filter((name) => MODULE.test(name))
    .sort();

// One line for a file's content, or for the names of a folder's modules: an import may resolve to a new one.
function state(root, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stat) return `${path}\tabsent`;
  const content = stat.isDirectory() ? modulesIn(join(root, path)).join('\n') : readFileSync(join(root, path));
  return `${path}\t${createHash('sha256').update(content).digest('hex')}`;
}

function isFresh(root, bundle) {
  try {
    const stamp = readFileSync(`${bundle}.stamp`, 'utf8').split('\n');
    return statSync(bundle).size > 0 && stamp.every((line) => line === state(root, line.slice(0, line.indexOf('\t'))));
  } catch {
    return false; // never built
  }
}

async function compile(root, entry, outfile) {
  const result = await require('esbuild').build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    external: ['esbuild'], // it runs a program of its own, which it finds beside itself
    loader: Object.fromEntries(TEXT.map((extension) => [extension, 'text'])),
    plugins: [YAML],
    target: 'node20',
    write: false,
    outfile,
    metafile: true,
    sourcemap: true, // beside it, so that only an error has to read it
    sourcesContent: false,
    logLevel: 'error',
  });
  const sources = Object.keys(result.metafile.inputs).filter((file) => !file.includes('node_modules/'));
  return { outputs: result.outputFiles, sources };
}

// By rename, so that what is interrupted leaves no partial file.
function put(file, content) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
}

async function build(root, entry, bundle) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = Date.now();
    const { outputs, sources } = await compile(root, entry, bundle);
    const watched = new Set([...sources, ...sources.map(dirname), ...ALWAYS]);
    const stamp = [...watched]
      .sort()
      .map((path) => state(root, path))
      .join('\n');
    mkdirSync(dirname(bundle), { recursive: true });
    for (const { path, contents } of outputs) put(path, contents);
    // A source that was saved during the build may be in the stamp, but not in the bundle.
    if (sources.every((file) => statSync(join(root, file)).mtimeMs < started - TICK))
      return put(`${bundle}.stamp`, stamp);
  }
}

/** The file of an entry's bundle. */
function bundleOf(root, entry) {
  return join(root, '.build', `${entry.replace(/\.ts$/, '').replaceAll('/', '-')}.cjs`);
}

async function bundled(root, entry) {
  const bundle = bundleOf(root, entry);
  if (!isFresh(root, bundle)) await build(root, entry, bundle);
  return bundle;
}

module.exports = { bundled, bundleOf, modulesIn, put };
