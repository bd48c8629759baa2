import { createHash } from 'node:crypto';
import { NotPossible } from '../../lib/base/errors';
import { type Outcome, run } from '../shared/kubectl';

/** A program that asks registries, with the credentials that its user has stored. */
interface Tool {
  readonly program: string;
  /** @param plain whether the registry is on this machine, where it may have no TLS */
  readonly args: (reference: string, plain: boolean) => readonly string[];
  /** The digest of what the tag names: of the index, where there is an image for each platform. */
  readonly digestIn: (stdout: string) => string;
}

const trimmed = (stdout: string) => stdout.trim();

/** In the order in which they are looked for. A docker may be there without buildx. */
const TOOLS: readonly Tool[] = [
  {
    program: 'crane',
    args: (reference, plain) => ['digest', ...(plain ? ['--insecure'] : []), reference],
    digestIn: trimmed,
  },
  {
    program: 'skopeo',
    // Its own `Digest` is read with the manifest of this machine's platform, which need not exist.
    args: (reference, plain) => [
      ...['inspect', '--raw', ...(plain ? ['--tls-verify=false'] : [])],
      `docker://${reference}`,
    ],
    digestIn: (stdout) => `sha256:${createHash('sha256').update(stdout).digest('hex')}`,
  },
  {
    program: 'docker',
    args: (reference) => ['buildx', 'imagetools', 'inspect', reference, '--format', '{{.Manifest.Digest}}'],
    digestIn: trimmed,
  },
];

const TIMEOUT = 60_000;

/** How many images are asked for at once. */
const PARALLEL = 4;

/** The answer of a registry. */
export type Resolved = { readonly digest: string } | { readonly problem: string };

/** Whether the registry of a reference is on this machine. */
const isHere = (reference: string): boolean => /^(?:localhost|127(?:\.\d+){3})(?::\d+)?\//.test(reference);

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** The first tool that this machine has. */
async function toolOf(env: NodeJS.ProcessEnv): Promise<Tool> {
  for (const tool of TOOLS) {
    try {
      await run(tool.program, ['--version'], { env });
      return tool;
    } catch (error) {
      if (!isMissing(error)) throw new NotPossible(`${tool.program} cannot be started: ${(error as Error).message}`);
    }
  }
  const names = TOOLS.map(({ program }) => program).join(', ');
  throw new NotPossible(`no program asks registries for digests here: install one of ${names}`);
}

function answerOf({ code, stdout, stderr }: Outcome, { program, digestIn }: Tool): Resolved {
  const last = stderr.trim().split('\n').at(-1);
  if (code !== 0) return { problem: `${program}: ${last || `no answer within ${TIMEOUT / 1000} s`}` };
  const digest = digestIn(stdout);
  const isDigest = stdout !== '' && /^sha256:[0-9a-f]{64}$/.test(digest);
  return isDigest ? { digest } : { problem: `${program} printed no digest` };
}

/**
 * Asks registries for the digests of images, with the first of crane, skopeo and docker that this machine has.
 *
 * @param references `repository:tag`, each once
 * @throws NotPossible where none of them is there
 */
export async function resolveDigests(
  references: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, Resolved>> {
  if (references.length === 0) return new Map();
  const tool = await toolOf(env);
  const found = new Map<string, Resolved>();
  const waiting = [...references];
  const work = async () => {
    for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) {
      const args = tool.args(reference, isHere(reference));
      found.set(reference, answerOf(await run(tool.program, args, { env, timeout: TIMEOUT }), tool));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return found;
}
