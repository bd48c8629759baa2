// Runs the tests that need a container engine: `npm run test:compose -- [JEST OPTION…]`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../commands/shared/kubectl';
import { NotPossible, ProgramError } from '../../lib/base/errors';
import { Program } from '../../lib/pipeline/program';
import { docker, ENGINE, type Engine, type EngineKit } from './engine';

const HELP = `Starts the compose files of the fixtures on a real container engine, and tests what runs.

  npm run test:compose                  on the engine of DOCKER_HOST, else on the kit at BERTH_ENGINE_KIT, else on that of docker
  npm run test:compose -- -t PATTERN    only tests whose name matches

With BERTH_ENGINE_KIT, images are those of the kit at BERTH_CLUSTER_KIT; else they are pulled and built.`;

const NO_ENGINE = 'no container engine: install docker with docker compose (2.30 or later), or set DOCKER_HOST';

/** The kit that the variables name. */
function kitOf({ BERTH_ENGINE_KIT: engine, BERTH_CLUSTER_KIT: images }: NodeJS.ProcessEnv): EngineKit | undefined {
  if (!engine) return undefined;
  if (!existsSync(join(engine, 'up.sh')))
    throw new ProgramError(`BERTH_ENGINE_KIT: ${engine} holds no engine kit, expected a folder with up.sh`, 2);
  if (!images) throw new ProgramError('BERTH_CLUSTER_KIT: expected the folder of the kit that publishes images', 2);
  return { engine: resolve(engine), images: resolve(images) };
}

/** An engine that answers. @returns undefined where none does */
async function answering(env: Engine['env'], kit: EngineKit | undefined): Promise<Engine | undefined> {
  const engine = { title: '', env, ...(kit && { kit }) };
  const versions = [
    ['version', '--format', '{{.Server.Version}}'],
    ['compose', 'version', '--short'],
  ].map((args) => docker(engine, args).catch(() => ({ code: 1, stdout: '' })));
  const [server, compose] = await Promise.all(versions);
  if (server?.code !== 0 || compose?.code !== 0) return undefined;
  return { ...engine, title: `docker ${server.stdout.trim()}, compose ${compose.stdout.trim()}` };
}

/** The engine of this run. What was started for it is ended after it. */
async function found(): Promise<{ engine: Engine; stop: () => Promise<unknown> }> {
  const kit = kitOf(process.env);
  const given = process.env.DOCKER_HOST !== undefined || kit === undefined;
  if (given) {
    const engine = await answering({}, kit);
    if (engine === undefined) throw new NotPossible(NO_ENGINE);
    return { engine, stop: async () => {} };
  }
  const { code, stdout, stderr } = await run(join(kit.engine, 'up.sh'), []);
  if (code !== 0) throw new NotPossible(`no container engine: ${stderr.trim() || `up.sh exited with ${code}`}`);
  const exported = [...stdout.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]);
  const engine = await answering(Object.fromEntries(exported), kit);
  if (engine === undefined) throw new NotPossible('no container engine: that of the kit does not answer');
  return { engine, stop: () => run(join(kit.engine, 'down.sh'), []) };
}

function jest(engine: Engine, args: readonly string[]): Promise<number> {
  const program = join(process.cwd(), 'node_modules/jest/bin/jest.js');
  const env = { ...process.env, [ENGINE]: JSON.stringify(engine) };
  const child = spawn(process.execPath, [program, '--config', 'jest.compose.config.mjs', ...args], {
    stdio: 'inherit',
    env,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done(code ?? 1));
  });
}

const args = process.argv.slice(2);

const program = new Program({
  name: 'test:compose',
  help: HELP,
  options: {},
  choices: {},
  run: async (_, io) => {
    const { engine, stop } = await found();
    io.say(engine.title);
    return jest(engine, args).finally(stop);
  },
});

export default { start: () => program.start(args.includes('--help') ? ['--help'] : []) };
