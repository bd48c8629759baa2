// Writes commands/check/anywhere.ts as one file that needs Node only: `npm run bundle [-- FILE]`.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [given = 'berth-check.mjs'] = process.argv.slice(2);
// npm runs scripts in the project's folder; paths are relative to where the user is.
const file = resolve(process.env.INIT_CWD ?? process.cwd(), given);

const HEAD = `#!/usr/bin/env node
// Checks Kubernetes manifests: node berth-check.mjs PATH… Written by npm run bundle of Berth.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);`;

await build({
  absWorkingDir: root,
  entryPoints: ['commands/check/anywhere.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minify: true,
  banner: { js: HEAD },
  outfile: file,
  logLevel: 'error',
}).catch(() => process.exit(3)); // esbuild has already printed why
console.log(`${file}: run it by node, or name it in validations of cdk8s.yaml`);
