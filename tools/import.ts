// Writes imports/ from custom resource definitions: `npm run import [-- --from DIR]`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { slimDefinition } from './crd';

interface Source {
  readonly group: string;
  readonly version: string;
  readonly url: string;
  readonly crds: readonly string[];
  readonly keep?: Readonly<Record<string, readonly string[]>>;
}

async function read(source: Source, crd: string, from: string | undefined): Promise<string> {
  if (from !== undefined) {
    const file = join(from, crd);
    if (!existsSync(file)) throw new Error(`${file} is not there; imports/sources.yaml names it for ${source.group}`);
    return readFileSync(file, 'utf8');
  }
  const response = await fetch(source.url + crd);
  if (!response.ok) throw new Error(`${source.url}${crd} answered ${response.status}`);
  return response.text();
}

async function main() {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  const sources = parse(readFileSync('imports/sources.yaml', 'utf8')) as Source[];
  const scratch = mkdtempSync(join(tmpdir(), 'berth-import-'));
  try {
    // Everything is read and generated before the first file of imports/ is replaced.
    const generated: { from: string; to: string }[] = [];
    for (const source of sources) {
      const texts = await Promise.all(source.crds.map((crd) => read(source, crd, values.from)));
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
        throw new Error(`cdk8s import of ${source.group} failed:\n${result.stdout}${result.stderr}`);
      }
      generated.push({ from: types, to: `imports/${source.group}.ts` });
    }
    for (const { from, to } of generated) {
      writeFileSync(`${to}.new`, readFileSync(from));
      renameSync(`${to}.new`, to);
      console.log(to);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
