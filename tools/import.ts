// Generates imports/ from custom resource definitions: `npm run import [-- --from DIR]`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Failure, NotPossible } from '../lib/base/errors';
import { InputError } from '../lib/base/problem';
import { type Io, Program } from '../lib/pipeline/program';
import { slimDefinition } from './crd';

/** An entry of imports/sources.yaml. */
interface Source {
  readonly group: string;
  readonly version: string;
  readonly url: string;
  readonly crds: readonly string[];
  readonly keep?: Readonly<Record<string, readonly string[]>>;
}

/** The text of a definition, from its release or from a folder. */
async function read(source: Source, crd: string, from: string | undefined): Promise<string> {
  if (from !== undefined) {
    const file = join(from, crd);
    if (!existsSync(file)) {
      throw new InputError([{ file, message: `is not there; imports/sources.yaml names it for ${source.group}` }]);
    }
    return readFileSync(file, 'utf8');
  }
  const response = await fetch(source.url + crd).catch((error: Error) => {
    throw new NotPossible(`${source.url}${crd} cannot be fetched: ${error.message}`);
  });
  if (!response.ok) throw new NotPossible(`${source.url}${crd} responded with status ${response.status}`);
  return response.text();
}

async function generate(from: string | undefined, io: Io) {
  const sources = parse(readFileSync('imports/sources.yaml', 'utf8')) as Source[];
  const scratch = mkdtempSync(join(tmpdir(), 'berth-import-'));
  try {
    // All files are generated before the first file of imports/ is replaced.
    const generated: { types: string; to: string }[] = [];
    for (const source of sources.filter(({ crds }) => crds.length > 0)) {
      const texts = await Promise.all(source.crds.map((crd) => read(source, crd, from)));
      const slim = texts.map((text, index) => slimDefinition(parse(text), source, source.crds[index] as string));
      const file = join(scratch, `${source.group}.yaml`);
      writeFileSync(file, slim.map((definition) => stringify(definition)).join('---\n'));
      const result = spawnSync(
        process.execPath,
        [
          'node_modules/cdk8s-cli/bin/cdk8s',
          'import',
          '--no-check-upgrade',
          file,
          '--output',
          scratch,
          '--language',
          'typescript',
          '--no-save',
        ],
        {
          encoding: 'utf8',
        },
      );
      const types = join(scratch, `${source.group}.ts`);
      if (result.status !== 0 || !existsSync(types)) {
        throw new Failure(`cdk8s import of ${source.group} failed:\n${result.stdout}${result.stderr}`);
      }
      generated.push({ types, to: `imports/${source.group}.ts` });
    }
    for (const { types, to } of generated) {
      writeFileSync(`${to}.new`, readFileSync(types));
      renameSync(`${to}.new`, to);
      io.say(to);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

export default new Program({
  name: 'import',
  help: `Generates imports/ from the custom resource definitions that imports/sources.yaml names.

  npm run import                   downloads the definitions of the releases named there
  npm run import -- --from DIR     reads them from a folder`,
  options: { from: { type: 'string' } },
  run: async ({ from }, io) => {
    await generate(from, io);
    return 0;
  },
});
