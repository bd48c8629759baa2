import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../lib/base/errors';
import { print } from '../lib/manifests/print';
import { readManifests } from '../lib/manifests/read';
import { byName, differences, type Objects } from './equality';
import { chartOf } from './helm';
import { treeOf } from './kustomize';
import { type Command, measure } from './measure';
import { slugsOf, type Workload, workloadOf, writeFiles, writeProject } from './workload';

/** One line of the table at each size. */
export interface Contender {
  readonly name: string;
  readonly command: Command;
  /** What happens before each run, unmeasured. @default - nothing */
  readonly before?: () => void;
  /** The file or folder with the objects that it makes, if they are compared. */
  readonly makes?: string;
}

/** The programs that Berth is compared with, by name: their paths. */
export type Renderers = ReadonlyMap<string, string>;

/** Builds the programs that are not there yet, and tells which cannot be had. */
export function findRenderers(root: string, names: readonly string[], tell: (text: string) => void): Renderers {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'berth/renderers');
  return new Map(
    names.flatMap((name): [string, string][] => {
      const built = spawnSync('bash', [join(root, 'tools/renderers.sh'), name], { encoding: 'utf8' });
      if (built.status === 0) return [[name, join(cache, name)]];
      tell(`${name} is not measured: ${(built.stderr ?? '').trim().split('\n').at(-1)}`);
      return [];
    }),
  );
}

let edits = 0;

/** Gives the backend's image a tag that it never had. */
export function edit(file: string): void {
  const text = readFileSync(file, 'utf8');
  const edited = text.replace(/\btag: v[\w.-]+/, () => `tag: v1.${process.pid}.${++edits}`);
  if (edited === text) throw new Failure(`${file} has no tag that could be changed`);
  writeFileSync(file, edited);
}

/** What runs a program of Berth as its npm script does. */
export function berth(root: string, entry: string, ...more: readonly string[]): Command['words'] {
  return ['node', join(root, 'tools/run.mjs'), entry, ...more];
}

/** What runs the cdk8s CLI. */
export function cdk8sCli(root: string): Command['words'] {
  return [join(root, 'node_modules/.bin/cdk8s'), 'synth', '--check-upgrade=false'];
}

function berths(root: string, folder: string): Contender[] {
  const project = join(folder, 'berth');
  const edited = join(folder, 'berth-edited');
  const command = { words: berth(root, 'main.ts'), folder: project, output: join(folder, 'berth.txt') };
  const other = { ...command, folder: edited };
  const file = join(edited, 'environments/prod/salient.yaml');
  return [
    { name: 'berth, nothing changed', command, makes: join(project, 'dist/prod/salient') },
    { name: 'berth, one value changed', command: other, before: () => edit(file) },
    {
      name: 'berth, without dist',
      command: other,
      before: () => {
        edit(file);
        rmSync(join(edited, 'dist'), { recursive: true, force: true });
      },
    },
  ];
}

function others(root: string, folder: string, renderers: Renderers): Contender[] {
  const output = (name: string) => join(folder, `${name}.yaml`);
  const found = (name: string, ...words: readonly string[]): Contender[] => {
    const program = renderers.get(name);
    if (program === undefined) return [];
    const command: Command = { words: [program, ...words], folder: join(folder, name), output: output(name) };
    return [{ name: `${name} ${words[0]}`, command, makes: output(name) }];
  };
  return [
    ...found('helm', 'template', 'salient', '.'),
    ...found('kustomize', 'build', '.'),
    {
      name: 'cdk8s synth',
      command: { words: cdk8sCli(root), folder: join(folder, 'cdk8s'), output: output('cdk8s') },
      makes: join(folder, 'cdk8s/dist'),
    },
  ];
}

function writeAll(root: string, folder: string, workload: Workload): void {
  writeFiles(join(folder, 'helm'), chartOf(workload));
  writeFiles(join(folder, 'kustomize'), treeOf(workload));
  writeFiles(join(folder, 'cdk8s'), {
    'shared.yaml': workload.shared.map(print).join(''),
    'workload.json': JSON.stringify({ each: workload.each, tenants: workload.tenants }),
    'cdk8s.yaml': 'language: typescript\napp: node main.cjs\n',
  });
  compile(root, 'bench/cdk8s.ts', join(folder, 'cdk8s/main.cjs'));
}

/** Compiles an app of cdk8s. Its libraries stay outside, as is usual: Include runs a file that is beside it. */
function compile(root: string, entry: string, outfile: string): void {
  const options = ['--bundle', '--packages=external', '--platform=node', '--log-level=error', `--outfile=${outfile}`];
  const { status, stderr } = spawnSync(join(root, 'node_modules/.bin/esbuild'), [join(root, entry), ...options]);
  if (status !== 0) throw new Failure(`${entry} could not be compiled: ${stderr}`);
}

/** A size at which tools are compared. */
export interface Size {
  readonly tenants: number;
  readonly objects: number;
  readonly contenders: readonly Contender[];
  /** @throws Failure if a tool has made other objects than Berth */
  readonly assertEqual: (contender: Contender) => void;
}

const objectsIn = (path: string) => byName(readManifests([path]).map(({ object }) => object));

function assertEqual({ name, makes }: Contender, expected: Objects): void {
  if (makes === undefined) return;
  const found = differences(expected, objectsIn(makes));
  if (found.length > 0)
    throw new Failure([`${name} made other objects:`, ...found.slice(0, 20), `${found.length} differences`].join('\n'));
}

/** Writes the environment with so many tenants for each tool, below a folder. */
export function prepare(root: string, folder: string, tenants: number, renderers: Renderers): Size {
  rmSync(folder, { recursive: true, force: true });
  writeProject(root, join(folder, 'berth'), tenants);
  writeProject(root, join(folder, 'berth-edited'), tenants);
  const contenders = berths(root, folder);
  const [first] = contenders as [Contender, ...Contender[]];
  if (measure(root, first.command) === undefined)
    throw new Failure(`${first.name} took too long at ${tenants} tenants`);
  const objects = readManifests([first.makes as string]).map(({ object }) => object);
  writeAll(root, folder, workloadOf(objects, slugsOf(tenants)));
  const expected = byName(objects);
  const all = [...others(root, folder, renderers), ...contenders].filter(({ command }) => existsSync(command.folder));
  return { tenants, objects: objects.length, contenders: all, assertEqual: (one) => assertEqual(one, expected) };
}
