import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** What a stage copies. */
interface Copy {
  /** The stage or image that has it. @default - the folder of the build */
  readonly stage?: string;
  readonly paths: readonly string[];
  /** An absolute path. */
  readonly to: string;
}

/** A stage of a Dockerfile. The last one is its image. */
export interface Stage {
  readonly image: string;
  readonly user: string | undefined;
  readonly folder: string;
  readonly ports: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly copies: readonly Copy[];
  /** What runs while it is built. */
  readonly runs: readonly string[];
  readonly instructions: readonly string[];
}

function copyOf(words: readonly string[], folder: string): Copy {
  const stage = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const plain = words.filter((word) => !word.startsWith('--'));
  return { ...(stage && { stage }), paths: plain.slice(0, -1), to: posix.resolve(folder, plain.at(-1) as string) };
}

function stageOf(lines: readonly (readonly [string, string])[]): Stage {
  const all = (name: string) => lines.flatMap(([instruction, value]) => (instruction === name ? [value] : []));
  const words = (name: string) => all(name).flatMap((value) => value.split(/\s+/));
  let folder = '/';
  const copies: Copy[] = [];
  for (const [instruction, value] of lines) {
    if (instruction === 'WORKDIR') folder = posix.resolve(folder, value);
    if (instruction === 'COPY') copies.push(copyOf(value.split(/\s+/), folder));
  }
  return {
    image: words('FROM')[0] as string,
    user: all('USER').at(-1),
    folder,
    ports: words('EXPOSE'),
    env: Object.fromEntries(words('ENV').map((one) => one.split('='))),
    command: JSON.parse(all('CMD').at(-1) ?? '[]'),
    copies,
    runs: all('RUN'),
    instructions: lines.map(([instruction]) => instruction),
  };
}

/** The stages of a Dockerfile, of which the last one is the image. */
export function stagesOf(file: string): readonly [Stage, ...Stage[]] {
  const text = readFileSync(file, 'utf8').replace(/\\\n/g, ' ');
  const lines = [...text.matchAll(/^([A-Z]+) +(.*)$/gm)].map(([, name, value]) => [name, value] as [string, string]);
  const starts = lines.flatMap(([name], place) => (name === 'FROM' ? [place] : []));
  return starts.map((start, place) => stageOf(lines.slice(start, starts[place + 1]))) as [Stage, ...Stage[]];
}

/** The image of a Dockerfile. */
export function imageOf(file: string): Stage {
  return stagesOf(file).at(-1) as Stage;
}
