import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ManifestObject } from '../lib/manifests/object';
import type { Io } from '../lib/pipeline/program';

/** This repository. */
export const ROOT = dirname(__dirname);

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
export type Any = any;

/** Whether an object is a system's alerts or its dashboard. */
export function forMonitoring({ kind, metadata }: ManifestObject): boolean {
  return kind === 'PrometheusRule' || metadata.labels?.grafana_dashboard !== undefined;
}

/** The one object of a kind, or the one with a name. */
export function find(objects: readonly ManifestObject[], kind: string, name?: string): Any {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects are ${kind} ${name ?? ''}`);
  return found[0];
}

/** The folder of the fixtures and of the tests' own folders: see global-setup.mjs. It is deleted after all tests. */
export const FIXTURES = process.env.BERTH_TEST_FIXTURES as string;

/** A folder with files, which is deleted after the tests. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(FIXTURES, 'test-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A project with the environments of the fixtures, and the dist/ that synth writes for them. Read-only. */
export const PROJECT = join(FIXTURES, 'project');

/** A copy of PROJECT. */
export function project(): string {
  return copyOf('project');
}

/** A copy of PROJECT with the sources of the stand-ins. */
export function projectWithSources(): string {
  const root = project();
  for (const folder of ['charts', 'tools']) symlinkSync(join(ROOT, folder), join(root, folder));
  return root;
}

/** A copy of a folder of the fixtures. */
export function copyOf(fixture: string): string {
  const root = folderWith({});
  execFileSync('cp', ['-r', `${FIXTURES}/${fixture}/.`, root]); // some hundred files, which cp copies much faster than Node.js
  return root;
}

let objects: Readonly<Record<string, readonly ManifestObject[]>> | undefined;

/** The objects of a folder of PROJECT's dist/: `prod`, `prod/salient`. A copy, which the caller may change. */
export function fixtureObjects(folder: string): ManifestObject[] {
  objects ??= JSON.parse(readFileSync(join(FIXTURES, 'objects.json'), 'utf8')) as Exclude<typeof objects, undefined>;
  const found = Object.entries(objects).filter(([one]) => `${one}/`.startsWith(`${folder}/`));
  return structuredClone(found.flatMap(([, own]) => [...own]));
}

/** The whole of dist/ as one text. */
export function distOf(root: string): string {
  const folder = join(root, 'dist');
  if (!existsSync(folder)) return 'missing';
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `# ${path.slice(folder.length)}\n${readFileSync(path, 'utf8')}`)
    .join('');
}

/** Replaces a text in a file, which must contain it. */
export function edit(root: string, file: string, from: string | RegExp, to: string) {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
}

/** A program of this project. */
interface Runnable {
  run(args: readonly string[], io: Io): Promise<number>;
}

/** The exit code and the output of a program. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in this process, with its own folder and environment variables. */
export async function runHere(
  program: Runnable,
  root: string,
  args: readonly string[] = [],
  { env = {}, input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Outcome> {
  const output = { stdout: '', stderr: '' };
  const status = await program.run(args, {
    root,
    env: { PATH: process.env.PATH, ...env },
    say: (text) => {
      output.stdout += `${text}\n`;
    },
    complain: (text) => {
      output.stderr += `${text}\n`;
    },
    input: () => input,
  });
  return { status, ...output };
}
