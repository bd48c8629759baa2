import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../lib/base/errors';
import { print } from '../lib/manifests/print';
import type { Io } from '../lib/pipeline/program';
import { chartOf } from './helm';
import { treeOf } from './kustomize';
import type { Command, Contender } from './measure';
import { type Workload, writeFiles } from './workload';

/** A tool that Berth is compared with. */
export interface Renderer {
  readonly name: string;
  /** Writes the workload for it into a folder, and says how it is rendered. */
  readonly prepare: (folder: string, workload: Workload) => Contender;
  readonly version: string;
}

/** What runs the cdk8s CLI. It does not look for a newer version, which would take the time of a request. */
export function cdk8sCli(root: string): Command['words'] {
  return [join(root, 'node_modules/.bin/cdk8s'), 'synth', '--check-upgrade=false'];
}

function contender(name: string, folder: string, words: Command['words'], makes?: string): Contender {
  const output = `${folder}.yaml`;
  return { name, command: { words, folder, output }, makes: makes ?? output };
}

const GO_TOOLS: Readonly<Record<string, (program: string, version: string) => Renderer>> = {
  helm: (program, version) => ({
    name: 'helm template',
    version,
    prepare: (folder, workload) => {
      writeFiles(folder, chartOf(workload));
      return contender('helm template', folder, [program, 'template', 'salient', '.']);
    },
  }),
  kustomize: (program, version) => ({
    name: 'kustomize build',
    version,
    prepare: (folder, workload) => {
      writeFiles(folder, treeOf(workload));
      return contender('kustomize build', folder, [program, 'build', '.']);
    },
  }),
};

/** Compiles an app of cdk8s. Its libraries stay outside, as is usual: Include runs a file that is beside it. */
function compile(root: string, entry: string, outfile: string): void {
  const options = ['--bundle', '--packages=external', '--platform=node', '--log-level=error', `--outfile=${outfile}`];
  const { status, stderr } = spawnSync(join(root, 'node_modules/.bin/esbuild'), [join(root, entry), ...options]);
  if (status !== 0) throw new Failure(`${entry} could not be compiled: ${stderr}`);
}

/** The cdk8s of this project. */
export function cdk8s(root: string): Renderer {
  return {
    name: 'cdk8s synth',
    version: spawnSync(join(root, 'node_modules/.bin/cdk8s'), ['--version'], { encoding: 'utf8' }).stdout.trim(),
    prepare: (folder, { shared, each, tenants }) => {
      writeFiles(folder, {
        'shared.yaml': shared.map(print).join(''),
        'workload.json': JSON.stringify({ each, tenants }),
        'cdk8s.yaml': 'language: typescript\napp: node main.cjs\n',
      });
      compile(root, 'bench/cdk8s.ts', join(folder, 'main.cjs'));
      return contender('cdk8s synth', folder, cdk8sCli(root), join(folder, 'dist'));
    },
  };
}

/** A tool that is there, or why it is not. */
export type Found = { readonly renderer: Renderer } | { readonly missing: string };

/** Finds helm or kustomize, and builds it first where it is not there yet. */
export function findRenderer({ root, env }: Pick<Io, 'root' | 'env'>, name: string): Found {
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache'), 'berth/renderers');
  const { status, stderr } = spawnSync('bash', [join(root, 'tools/renderers.sh'), name], { encoding: 'utf8', env });
  const of = GO_TOOLS[name];
  if (status === 0 && of !== undefined) {
    // helm's own word lacks the patch version, which is in the module that was built.
    const [, version = ''] = readFileSync(join(cache, `${name}.module`), 'utf8')
      .trim()
      .split('@');
    return { renderer: of(join(cache, name), version) };
  }
  return { missing: `${name} is not measured: ${(stderr ?? '').trim().split('\n').at(-1)}` };
}
