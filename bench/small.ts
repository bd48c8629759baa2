import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { berth, edit, type Size } from './contenders';
import { type Command, type Contender, measure } from './measure';
import { cdk8sCli } from './renderers';
import { writeFiles } from './workload';

/** What the others of these are compared with. */
export const EMPTY = 'node, an empty program';

/** Writes a project with the environments of this repository. */
function copyOf(root: string, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'environments'), join(folder, 'environments'), { recursive: true });
  const command = berth(root, 'main.ts').join(' ');
  writeFiles(folder, {
    'package.json': JSON.stringify({ private: true, scripts: { synth: command, nothing: 'node -e 0' } }),
    'cdk8s.yaml': `language: typescript\napp: ${command}\noutput: .cdk8s\n`,
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** All files of a folder as one, as manifests of others often are. */
function joined(folder: string, file: string): string {
  const names = readdirSync(folder).sort();
  writeFileSync(file, names.map((name) => readFileSync(join(folder, name), 'utf8')).join(''));
  return file;
}

/** An environment file of the repository whose change is measured: the first with a tag like v1.2.3. */
function editable(folder: string): string | undefined {
  const files = readdirSync(join(folder, 'environments'), { recursive: true, encoding: 'utf8' }).sort();
  const isEditable = (file: string) => /\/.*\.yaml$/.test(file) && /\btag: v/.test(readFileSync(file, 'utf8'));
  return files.map((file) => join(folder, 'environments', file)).find(isEditable);
}

/** What does not depend on the number of tenants: the start of programs, the real environments, and the check of foreign objects. */
export function smallOnes(root: string, folder: string, { objects, dist }: Size): Contender[] {
  const kept = copyOf(root, join(folder, 'own'));
  const edited = copyOf(root, join(folder, 'own-edited'));
  const empty = join(folder, 'empty');
  writeFiles(empty, { 'cdk8s.yaml': 'language: typescript\napp: mkdir -p dist\n' });
  const one = (name: string, words: Command['words'], where = kept, before?: () => void): Contender => {
    const command: Command = { words, folder: where, output: join(folder, 'small.txt') };
    return { name, command, ...(before && { before }) };
  };
  const file = editable(edited);
  const synth = berth(root, 'main.ts');
  const cdk8s = cdk8sCli(root);
  const foreign = one(
    `check of ${objects.toLocaleString('en-US')} foreign objects`,
    berth(root, 'commands/check.ts', joined(dist, join(folder, 'foreign.yaml'))),
  );
  // Berth remembers one run, which another way to start it would replace: so the same one comes before it, as it does for a user.
  const again = (name: string, words: Command['words']): Contender => {
    const { command } = one(name, words);
    return { name, command, before: () => measure(root, command) };
  };
  return [
    one(EMPTY, ['node', '-e', '0']),
    again("synth of this repository's environments, nothing changed", synth),
    ...(file === undefined ? [] : [one('the same, one value changed', synth, edited, () => edit(file))]),
    { ...foreign, command: { ...foreign.command, codes: [0, 1] } },
    one('npm run, of an empty program', ['npm', 'run', '-s', 'nothing']),
    again('npm run synth, nothing changed', ['npm', 'run', '-s', 'synth']),
    one('cdk8s synth, of an empty program', cdk8s, empty),
    again('cdk8s synth, nothing changed', cdk8s),
    again('npx cdk8s synth, nothing changed', ['npx', 'cdk8s', ...cdk8s.slice(1)]),
  ];
}
