// Runs a TypeScript entry point of this project: `node tools/run.mjs main.ts --check`.
// The entry is bundled with its libraries once and again only when a source changed, because loading the bundle
// takes a fraction of the time that loading the libraries file by file does.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: node tools/run.mjs ENTRY.ts [ARGUMENT…]');
  process.exit(2);
}
const bundle = join(root, '.build', `${entry.replace(/\.ts$/, '').replaceAll('/', '-')}.cjs`);
const stampFile = `${bundle}.stamp`;
/** How often a build is done again because a source was saved meanwhile. */
const ATTEMPTS = 5;

// Scripts and configuration files that run in pods: an import of one is its text.
const TEXT = ['.sh', '.sql', '.ini', '.conf', '.lua'];

// What an import may mean.
const MODULE = /\.([cm]?[jt]sx?|json|sh|sql|ini|conf)$/;

// One line for a file's content, or for the names of a folder's modules: a new one may be what an import now means.
function state(path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stat) return `${path}\tabsent`;
  const content = stat.isDirectory()
    ? readdirSync(join(root, path))
        .filter((name) => MODULE.test(name))
        .sort()
        .join('\n')
    : readFileSync(join(root, path));
  return `${path}\t${createHash('sha256').update(content).digest('hex')}`;
}

function fresh() {
  try {
    const stamp = readFileSync(stampFile, 'utf8').split('\n');
    return statSync(bundle).size > 0 && stamp.every((line) => line === state(line.slice(0, line.indexOf('\t'))));
  } catch {
    return false; // never built
  }
}

async function bundled() {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    loader: Object.fromEntries(TEXT.map((extension) => [extension, 'text'])),
    target: 'node20',
    write: false,
    outfile: bundle,
    metafile: true,
    sourcemap: true, // beside it, so that only an error has to read it
    sourcesContent: false,
    logLevel: 'error',
  });
  const sources = Object.keys(result.metafile.inputs).filter((file) => !file.includes('node_modules/'));
  return { outputs: result.outputFiles, sources };
}

// By rename, so that a build which is interrupted leaves nothing that looks whole.
function put(file, content) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
}

async function build() {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = Date.now();
    const { outputs, sources } = await bundled();
    // Libraries change by `npm ci`, which writes this lockfile last.
    const watched = new Set([
      ...sources,
      ...sources.map(dirname),
      'tools/run.mjs',
      'tsconfig.json',
      'node_modules/.package-lock.json',
    ]);
    const stamp = [...watched].sort().map(state).join('\n');
    mkdirSync(dirname(bundle), { recursive: true });
    for (const { path, contents } of outputs) put(path, contents);
    // What was saved during the build may be in the stamp and not in the bundle.
    if (sources.every((file) => statSync(join(root, file)).mtimeMs < started)) return put(stampFile, stamp);
  }
}

if (!existsSync(join(root, 'node_modules/esbuild'))) {
  console.error(`the packages of ${root} are not there; run: npm ci`);
  process.exit(3);
}
if (!fresh()) {
  try {
    await build();
  } catch (error) {
    if (error.syscall) {
      console.error(error.message); // .build/ cannot be written
      process.exit(3);
    }
    if (!error.errors) console.error(error); // of what does not compile esbuild has printed file, line and cause
    process.exit(2);
  }
}
nodeModule.enableCompileCache?.(join(root, '.build', 'cache'));
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], bundle, ...args];
// A program is what the entry exports; anything else has run when it is loaded.
await nodeModule
  .createRequire(import.meta.url)(bundle)
  .default?.start();
