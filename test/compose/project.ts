import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, parse, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { registry } from '../../charts';
import { type Outcome, run } from '../../commands/shared/kubectl';
import { buildStandIns, standInsOf, withStandIns } from '../../commands/up/stand-ins';
import { imageReference } from '../../lib/base/image';
import type { composeSchema } from '../../lib/config/compose';
import { buildCompose } from '../../lib/pipeline/compose';
import { describeEnvironments } from '../../lib/pipeline/environments';
import { publishImages } from '../cluster/node/images';
import { type Any, projectWithSources } from '../support';
import { docker, type Engine, type Reached, reach, testEngine } from './engine';

/** What `environments/compose.yaml` says. */
export type ComposeSettings = z.input<typeof composeSchema>;

/** The compose files of a project, by their paths below its folder. */
export function composeFiles(root: string, settings: ComposeSettings): ReadonlyMap<string, string> {
  writeFileSync(join(root, 'environments/compose.yaml'), stringify(settings));
  const environments = [...new Set(Object.values(settings).flatMap((one) => Object.keys(one)))];
  const described = describeEnvironments(registry, root, environments);
  const { files } = buildCompose(registry, root, described, { environments }) ?? { files: new Map() };
  for (const [path, text] of files) {
    const file = join(root, 'dist', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return files;
}

/** A system that is started from its compose file. */
export class ComposeProject {
  private readonly ways: Reached[] = [];

  private constructor(
    readonly engine: Engine,
    readonly folder: string,
    /** The compose file. */
    readonly file: Any,
  ) {}

  /**
   * Writes the compose file of a system of dev with its stand-ins, and brings the images to the engine.
   *
   * @param edit what is changed in the file of the environment
   */
  static async of(
    system: string,
    settings: ComposeSettings[string][string],
    edit: (document: Document) => void = () => {},
  ): Promise<ComposeProject> {
    const root = projectWithSources();
    const path = join(root, 'environments/dev', `${system}.yaml`);
    const document = parseDocument(readFileSync(path, 'utf8'));
    withStandIns(root, system)[system]?.(document);
    edit(document);
    writeFileSync(path, String(document));
    const standIns = standInsOf(root, system);
    const { kit } = testEngine();
    await buildStandIns(root, system, kit === undefined ? ['docker', 'local'] : ['kit', kit.images], standIns);
    return ComposeProject.in(root, system, settings, Object.values(standIns).map(imageReference));
  }

  /**
   * Writes the compose file of a system of dev as it is, and brings the images to the engine.
   *
   * @param built the images that are built already
   */
  static async in(
    root: string,
    system: string,
    settings: ComposeSettings[string][string],
    built: readonly string[] = [],
  ): Promise<ComposeProject> {
    const engine = testEngine();
    composeFiles(root, { [system]: { dev: settings } });
    const folder = join(root, 'dist/compose', system);
    const file = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'));
    await bringImages(engine, file, built);
    const project = new ComposeProject(engine, folder, file);
    await project.requireFree();
    return project;
  }

  /** On a user's engine the project of this name may be theirs; on that of a kit it was left by a run that was killed. */
  private async requireFree() {
    const { stdout } = await docker(this.engine, ['compose', 'ls', '--all', '--quiet']);
    if (!stdout.split('\n').includes(this.file.name)) return;
    const down = ['compose', '--project-name', this.file.name, 'down', '--volumes'];
    if (this.engine.kit === undefined)
      throw new Error(`the engine has the project ${this.file.name} already; docker ${down.join(' ')}`);
    await docker(this.engine, down);
  }

  /** Runs docker compose, and does not throw when it fails. */
  attempt(...args: readonly string[]): Promise<Outcome> {
    return docker(this.engine, ['compose', '--progress', 'plain', ...args], this.folder);
  }

  /** Runs docker compose and returns its output. */
  async compose(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(...args);
    if (code === 0) return stdout;
    const logs = await this.attempt('--profile', '*', 'logs', '--no-color', '--tail', '30');
    throw new Error(`docker compose ${args.join(' ')}: exit ${code}\n${stderr}${stdout}\n${logs.stdout}`);
  }

  /** Starts everything, and waits until it is healthy. */
  async up() {
    await this.compose('up', '--detach', '--wait', '--wait-timeout', '240');
  }

  /** Deletes everything. */
  async down() {
    for (const way of this.ways) way.close();
    await this.attempt('--profile', '*', 'down', '--volumes', '--timeout', '2');
  }

  /** The way to a published port. */
  async at(port: number): Promise<Reached> {
    const way = await reach(this.engine, port);
    this.ways.push(way);
    return way;
  }

  /** Runs a command in the container of a service. */
  exec(service: string, ...command: readonly string[]): Promise<string> {
    return this.compose('exec', '-T', service, ...command);
  }

  /** All containers, as the engine describes them, also those that have ended. */
  async containers(): Promise<Any[]> {
    const ids = (await this.compose('--profile', '*', 'ps', '--all', '--quiet')).split('\n').filter(Boolean);
    return JSON.parse((await docker(this.engine, ['inspect', ...ids])).stdout);
  }

  /** The containers of a service. */
  async of(service: string): Promise<Any[]> {
    return (await this.containers()).filter((one) => serviceOf(one) === service);
  }
}

/** The service of a container. */
export function serviceOf(container: Any): string {
  return container.Config.Labels['com.docker.compose.service'];
}

/** Gives a kit's engine the images that a compose file names. A user's engine pulls them itself. */
export async function bringImages({ kit, env }: Engine, file: Any, built: readonly string[]) {
  if (kit === undefined) return;
  const images = [...new Set(Object.values<Any>(file.services).map(({ image }): string => image))];
  // Some stand-ins are public images.
  const own = built.filter((image) => image.includes('stand-in'));
  await publishImages(
    kit.images,
    images.filter((image) => !own.includes(image)),
  );
  const { code, stderr } = await run(join(kit.engine, 'image.sh'), images, { env: { ...process.env, ...env } });
  if (code !== 0) throw new Error(`images were not given to the engine: ${stderr}`);
}
