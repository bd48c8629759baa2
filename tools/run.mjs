// Runs a TypeScript entry point of this project: `node tools/run.mjs main.ts --check`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { bundled, bundleOf } from './bundle.cjs';
import { load } from './compiled.cjs';
import { earlierRun, keepAtExit } from './unchanged.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
const isWatching = args.includes('--watch');

function end(code, message) {
  console.error(message);
  process.exit(code);
}

/** Stack traces name the places in the sources. The source map is read for the first one: reading it takes a tenth of a small run. */
function mapStackTraces(bundle) {
  let map;
  const placeOf = (frame) => {
    if (frame.getFileName() !== bundle || !existsSync(`${bundle}.map`)) return String(frame);
    map ??= new nodeModule.SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')));
    const { originalSource, originalLine, originalColumn } = map.findEntry(
      frame.getLineNumber() - 1,
      frame.getColumnNumber() - 1,
    );
    if (originalSource === undefined) return String(frame);
    const place = `${join(dirname(bundle), originalSource)}:${originalLine + 1}:${originalColumn + 1}`;
    return `${frame.getFunctionName() ?? '<anonymous>'} (${place})`;
  };
  Error.prepareStackTrace = (error, frames) => [error, ...frames.map((frame) => `    at ${placeOf(frame)}`)].join('\n');
}

/** The bundle of the entry, which is made where it is not that of the code. */
function made() {
  return bundled(root, entry).catch((error) => {
    if (error.syscall)
      end(3, `${root}/.build cannot be written (${error.code}); make the checkout writable for this user`);
    if (!error.errors) console.error(error); // esbuild has already printed the file, line and cause of compile errors
    process.exit(2);
  });
}

async function run(isBuilt) {
  // V8 optimizes what is called some hundred times, which takes a quarter of the CPU time of a run of a second, and does not pay there.
  // That of later Node.js waits longer, and has no such flag.
  if (!isWatching && process.version.startsWith('v20.')) setFlagsFromString('--interrupt-budget=500000');
  // It lets the heap grow fourfold before it looks for garbage: threefold takes a third less memory for 30,000 objects, and 1 % more time.
  setFlagsFromString('--heap-growing-percent=200');
  const bundle = isBuilt ? bundleOf(root, entry) : await made();
  mapStackTraces(bundle);
  process.argv = [process.argv[0], bundle, ...args];
  // An entry either exports a program, or has run when it is loaded.
  await load(bundle).default?.start();
}

if (entry === undefined) end(2, 'usage: node tools/run.mjs ENTRY.ts [ARGUMENT…]');
if (!existsSync(join(root, 'node_modules/esbuild'))) end(3, `node_modules of ${root} is missing; run: npm ci`);

// The cdk8s CLI wants all objects in one file, which it may print to standard output. So a run for it reports to standard error.
const { CDK8S_OUTDIR: folder } = process.env;
const copy = folder === undefined ? undefined : join(folder, 'dist.k8s.yaml');
const stream = copy === undefined ? 'stdout' : 'stderr';
const isAsked = entry === 'main.ts' && !isWatching;
const earlier = isAsked ? earlierRun(process.cwd(), root, bundleOf(root, entry), args, copy) : undefined;
if (earlier?.printed === undefined) {
  if (earlier !== undefined) keepAtExit(earlier, stream);
  await run(earlier?.isBuilt);
} else {
  if (copy !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(copy, earlier.copied);
  }
  process[stream].on('error', (error) => {
    // A reader such as head may close the pipe early.
    if (error.code !== 'EPIPE') end(3, `the output cannot be written: ${error.message}`);
  });
  process[stream].write(earlier.printed);
}
