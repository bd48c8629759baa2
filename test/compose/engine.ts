import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Address } from '../../commands/shared/exposed-paths';
import { type Outcome, run } from '../../commands/shared/kubectl';

/** The scripts of an engine that this machine starts, in a network of its own. */
export interface EngineKit {
  /** The folder with `exec.sh`, which runs a command in the engine's network, and `image.sh`. */
  readonly engine: string;
  /** The folder of the cluster kit, which publishes images. */
  readonly images: string;
}

/** A container engine that tests run on. */
export interface Engine {
  /** For messages: its version. */
  readonly title: string;
  /** The environment variables by which docker finds it. */
  readonly env: Readonly<Record<string, string>>;
  /** @default - the user's own engine, which pulls public images and builds Dockerfiles */
  readonly kit?: EngineKit;
}

/** The environment variable with the engine that the tests run on. */
export const ENGINE = 'BERTH_ENGINE';

/** The engine of this run. */
export function testEngine(): Engine {
  const text = process.env[ENGINE];
  if (text === undefined) throw new Error('these tests need a container engine; run them with npm run test:compose');
  return JSON.parse(text);
}

/** Runs docker, and does not throw when it fails. */
export function docker(engine: Engine, args: readonly string[], cwd?: string): Promise<Outcome> {
  return run('docker', args, { env: { ...process.env, ...engine.env }, ...(cwd !== undefined && { cwd }) });
}

/** A port of the engine that answers here, and what ends it. */
export interface Reached extends Address {
  readonly close: () => void;
}

/** The way to a port that the engine publishes. A kit's engine has a network of its own: each connection is carried there. */
export async function reach({ kit }: Engine, port: number): Promise<Reached> {
  const address = '127.0.0.1';
  if (kit === undefined) return { address, port, close: () => {} };
  const carriers = new Set<ChildProcess>();
  const server = createServer((socket) => {
    const carrier = spawn(join(kit.engine, 'exec.sh'), ['socat', '-', `TCP:${address}:${port}`], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    carriers.add(carrier);
    carrier.on('close', () => {
      carriers.delete(carrier);
      socket.end();
    });
    carrier.stdin.on('error', () => socket.destroy());
    socket.on('error', () => carrier.kill());
    socket.on('close', () => carrier.kill());
    socket.pipe(carrier.stdin);
    carrier.stdout.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const own = server.address();
  if (own === null || typeof own === 'string') throw new Error('no port is free');
  const close = () => {
    server.close();
    for (const carrier of carriers) carrier.kill();
  };
  return { address, port: own.port, close };
}
