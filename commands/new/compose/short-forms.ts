import type { ComposeService } from './schema';

/** A port of a container, and the one at which the machine publishes it. */
export interface ComposePort {
  readonly container: number;
  /** @default - it is not published */
  readonly published?: number | undefined;
  readonly udp: boolean;
}

const MOST_OF_A_RANGE = 20;

/** The numbers of `3000`, `3000-3005`. Empty for what is no port, such as a variable without a value. */
function range(text: string): number[] {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const count = Math.min(Number(last) - Number(first) + 1, MOST_OF_A_RANGE);
  return first === undefined ? [] : Array.from({ length: count }, (_, index) => Number(first) + index);
}

/** The ports of one entry: `80`, `8080:80`, `127.0.0.1:8080:80/tcp`, `3000-3005:3000-3005`, or a mapping. */
export function portsOf(entry: NonNullable<ComposeService['ports']>[number]): ComposePort[] {
  if (typeof entry !== 'string') {
    const [published] = range(entry.published ?? '');
    return range(entry.target).map((container) => ({ container, published, udp: entry.protocol === 'udp' }));
  }
  const [numbers = '', protocol] = entry.split('/');
  const parts = numbers.replace(/^\[[^\]]*\]:/, '').split(':');
  const published = range(parts.at(-2) ?? '');
  return range(parts.at(-1) ?? '').map((container, index) => ({
    container,
    // One whose number is a variable without a value is published, too.
    published: published[index] ?? (parts.length > 1 ? (published[0] ?? container) : undefined),
    udp: protocol === 'udp',
  }));
}

/** A volume of a container. */
export interface ComposeVolume {
  readonly type: 'volume' | 'bind' | 'tmpfs' | 'other';
  /** The name of the volume, or a path of the machine. @default - it has no name */
  readonly source?: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
  /** Of a tmpfs, in bytes. */
  readonly size?: number | undefined;
}

/** The volume of one entry: `/path`, `name:/path`, `./file:/path:ro`, or a mapping. */
export function volumeOf(entry: NonNullable<ComposeService['volumes']>[number]): ComposeVolume {
  if (typeof entry !== 'string') {
    const { type, source, target, read_only: readOnly, tmpfs } = entry;
    const known = type === 'volume' || type === 'bind' || type === 'tmpfs' ? type : 'other';
    return { type: known, source, target, readOnly: readOnly === 'true', size: bytesOf(tmpfs?.size ?? '') };
  }
  const [first = '', second, mode = ''] = entry.split(':');
  if (second === undefined) return { type: 'volume', target: first, readOnly: false };
  const type = /^[./~]/.test(first) ? 'bind' : 'volume';
  return { type, source: first, target: second, readOnly: mode.split(',').includes('ro') };
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** The bytes of `512m`, `1.5gb`, `1048576`. @default - it is no size */
export function bytesOf(text: string): number | undefined {
  const [, amount, unit = 'b'] = /^([\d.]+)\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (UNITS[unit.toLowerCase()] ?? 1));
}

/** A size in whole mebibytes or gibibytes. */
export function sizeOf(bytes: number): string {
  const mebibytes = Math.max(1, Math.ceil(bytes / 2 ** 20));
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** The whole seconds of `1m30s`, at least one. @default - it is no duration */
export function secondsOf(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text) return undefined;
  return Math.max(
    1,
    Math.ceil(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (SECONDS[unit as string] ?? 0), 0)),
  );
}

/** Seconds as a duration of an application file. */
export function duration(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds > 9999 ? `${Math.ceil(seconds / 60)}m` : `${seconds}s`;
}

/** The words of one line, as a shell splits them: quotes and backslashes are taken away. Compose starts no shell for it. */
export function wordsOf(given: string | readonly string[]): string[] {
  if (typeof given !== 'string') return [...given];
  const words: string[] = [];
  for (const [, word = ''] of given.matchAll(/((?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*'|["'\\])+)/g)) {
    words.push(
      word.replace(/"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])/g, (_, double, single, escaped) =>
        double !== undefined ? String(double).replace(/\\(["\\$`])/g, '$1') : String(single ?? escaped),
      ),
    );
  }
  return words;
}

/** The words of a command: on one line where that says the same. */
export function commandOf(given: string | readonly string[] | undefined): string | readonly string[] | undefined {
  if (given === undefined) return undefined;
  const words = wordsOf(given);
  if (words.length === 0) return undefined;
  return words.every((word) => /^[\w./:=@%,+-]+$/.test(word)) ? words.join(' ') : words;
}

/** The reference of an image, in its parts. */
export interface ImageParts {
  /** With the host of its registry: `docker.io/library/nginx`. */
  readonly image: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** The parts of `nginx`, `acme/api:1.2`, `ghcr.io/acme/api:1.2@sha256:…`. @default - it is no reference, such as one with a variable without a value */
export function imageOf(reference: string): ImageParts | undefined {
  const [, path, tag, digest] =
    /^([a-z0-9][a-z0-9._:/-]*?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(reference) ?? [];
  if (path === undefined) return undefined;
  const [first = ''] = path.split('/');
  const hasHost = path.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const image = hasHost ? path : `docker.io/${path.includes('/') ? path : `library/${path}`}`;
  return { image, tag, digest };
}
