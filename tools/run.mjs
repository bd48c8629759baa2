// Runs a TypeScript entry point of this project: `node tools/run.mjs main.ts --check`.
// The entry is bundled with its libraries once and again only when a source changed, because loading the bundle
// takes a fraction of the time that loading the libraries file by file does.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
const bundle = join(root, '.build', `${entry.replace(/\.ts$/, '').replaceAll('/', '-')}.cjs`);
const stampFile = `${bundle}.stamp`;

// One line for a file's state; what is not there has a state too, so that its appearance is a change.
function state(file) {
  const stat = statSync(join(root, file), { throwIfNoEntry: false });
  return stat ? `${file}\t${stat.mtimeMs}\t${stat.size}` : `${file}\tabsent`;
}

function fresh() {
  try {
    const stamp = readFileSync(stampFile, 'utf8').split('\n');
    return statSync(bundle).size > 0 && stamp.every((line) => line === state(line.slice(0, line.indexOf('\t'))));
  } catch {
    return false; // never built
  }
}

async function build() {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20',
    write: false,
    outfile: bundle,
    metafile: true,
    sourcemap: 'inline',
    sourcesContent: false,
    external: ['esbuild'],
    logLevel: 'error',
  });
  const sources = Object.keys(result.metafile.inputs).filter((file) => !file.includes('node_modules/'));
  const watched = [...sources, 'tools/run.mjs', 'tsconfig.json', 'node_modules/.package-lock.json'];
  mkdirSync(dirname(bundle), { recursive: true });
  // Each by rename, the stamp last: a build that is interrupted or raced leaves nothing that looks fresh and is not.
  for (const [file, text] of [
    [bundle, result.outputFiles[0].contents],
    [stampFile, watched.sort().map(state).join('\n')],
  ]) {
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  }
}

if (!fresh()) {
  try {
    await build();
  } catch (error) {
    if (!error.errors) console.error(error); // of what does not compile esbuild has printed file, line and cause
    process.exit(1);
  }
}
nodeModule.enableCompileCache?.(join(root, '.build', 'cache'));
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], bundle, ...args];
nodeModule.createRequire(import.meta.url)(bundle);
