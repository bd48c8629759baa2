import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { registry } from '../charts';
import type { PliersConfig } from '../charts/pliers/settings';
import type { SalientConfig } from '../charts/salient/settings';
import { environment } from '../lib/config/environment';
import { loadEnvironments } from '../lib/config/load';
import { SystemChart } from '../lib/constructs/system-chart';
import type { ManifestObject } from '../lib/manifests/object';
import type { Component, ComponentProps } from '../lib/model/component';
import { component } from '../lib/model/component';
import type { System } from '../lib/model/system';
import type { Io } from '../lib/pipeline/program';

export const ROOT = dirname(__dirname);

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
export type Any = any;

/** What the files of an environment say of Salient. */
export function salientSettings(name: string): SalientConfig {
  const settings = loadEnvironments(ROOT, [name], registry.schemas).find(({ system }) => system === 'salient');
  return settings?.values as SalientConfig;
}

/** The facts of Salient in an environment, on a cluster without our platform, with changed settings where a test asks for them. */
export function salientSystem(name: string, changed: Partial<SalientConfig> = {}): System {
  return (registry.systems.salient as Any).describe(environment(name), { ...salientSettings(name), ...changed });
}

/** What the files of an environment say of Pliers. */
export function pliersSettings(name: string): PliersConfig {
  const settings = loadEnvironments(ROOT, [name], registry.schemas).find(({ system }) => system === 'pliers');
  return settings?.values as PliersConfig;
}

/** The facts of Pliers in an environment, on a cluster without our platform, with changed settings where a test asks for them. */
export function pliersSystem(name: string, changed: Partial<PliersConfig> = {}): System {
  return (registry.systems.pliers as Any).describe(environment(name), { ...pliersSettings(name), ...changed });
}

/** The objects that a system becomes. */
export function objectsOf(system: System): ManifestObject[] {
  return new SystemChart(new App(), system.name, system).toJson();
}

/** The objects that one construct makes. */
export function synthesize(build: (chart: Chart) => void): ManifestObject[] {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  build(chart);
  return chart.toJson();
}

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

/** A component with the least that one has. */
export function sample(changed: Partial<ComponentProps> = {}): Component {
  return component({
    system: 'shop',
    namespace: 'shop-test',
    name: 'api',
    image: { image: 'example.com/api', tag: 'v1' },
    port: 3000,
    service: { name: 'api-svc', port: 80 },
    resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '64Mi', limit: '128Mi' } },
    scale: { replicas: 2 },
    probes: { health: { http: '/health' }, liveness: { period: 10 }, readiness: { period: 5 } },
    ...changed,
  });
}

const folders: string[] = [];

/** A folder with files, gone after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), 'berth-test-'));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A program of this project. */
interface Runnable {
  run(args: readonly string[], io: Io): Promise<number>;
}

/** What a program came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in this process, in a folder and with an environment of its own. */
export async function runHere(
  program: Runnable,
  root: string,
  args: readonly string[] = [],
  { env = {}, input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Outcome> {
  const said = { stdout: '', stderr: '' };
  const status = await program.run(args, {
    root,
    env: { PATH: process.env.PATH, ...env },
    say: (text) => {
      said.stdout += `${text}\n`;
    },
    complain: (text) => {
      said.stderr += `${text}\n`;
    },
    input: () => input,
  });
  return { status, ...said };
}
