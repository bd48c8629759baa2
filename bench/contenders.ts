import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../lib/base/errors';
import { readManifests } from '../lib/manifests/read';
import { byName, differences } from './equality';
import { type Command, type Contender, measure } from './measure';
import type { Renderer } from './renderers';
import { slugsOf, workloadOf, writeProject } from './workload';

let edits = 0;

/**
 * Gives the first image in an environment file a tag that it never had.
 *
 * @throws Failure if the file has no tag that is a version
 */
export function edit(file: string): void {
  const text = readFileSync(file, 'utf8');
  const edited = text.replace(/\btag: v[\w.-]+/, () => `tag: v1.${process.pid}.${++edits}`);
  if (edited === text) throw new Failure(`${file} has no tag like v1.2.3, which the benchmark could change`);
  writeFileSync(file, edited);
}

/** What runs a program of Berth as its npm script does. */
export function berth(root: string, entry: string, ...more: readonly string[]): Command['words'] {
  return ['node', join(root, 'tools/run.mjs'), entry, ...more];
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

/** A size at which tools are compared. */
export interface Size {
  readonly tenants: number;
  readonly objects: number;
  /** The folder with Berth's files. */
  readonly dist: string;
  readonly contenders: readonly Contender[];
  /** @throws Failure if a contender has made other objects than Berth */
  readonly assertEqual: (contender: Contender) => void;
}

const objectsIn = (path: string) => readManifests([path]).map(({ object }) => object);

/** Writes the environment with so many tenants for each tool, in place of what is in the folder. */
export function prepare(root: string, folder: string, tenants: number, renderers: readonly Renderer[]): Size {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['berth', 'berth-edited']) writeProject(root, join(folder, name), tenants);
  const contenders = berths(root, folder);
  const [first] = contenders as [Contender];
  if (measure(root, first.command) === undefined) throw new Failure(`synth took too long at ${tenants} tenants`);
  const dist = first.makes as string;
  const objects = objectsIn(dist);
  const workload = workloadOf(objects, slugsOf(tenants));
  const expected = byName(objects);
  return {
    tenants,
    objects: objects.length,
    dist,
    contenders: [
      ...renderers.map((one) => one.prepare(join(folder, one.name.replace(' ', '-')), workload)),
      ...contenders,
    ],
    assertEqual: ({ name, makes }) => {
      const found = makes === undefined ? [] : differences(expected, byName(objectsIn(makes)));
      if (found.length === 0) return;
      throw new Failure([`${name} made other objects than Berth:`, ...found.slice(0, 20)].join('\n'));
    },
  };
}
