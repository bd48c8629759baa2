import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { foldersWithoutVolume } from '../../../lib/checks/cluster/known-images';
import { isMapping } from '../../../lib/config/layers';
import type { ComposeFile } from './document';
import { missingIn } from './interpolation';
import type { Notes } from './notes';
import type { Plan, Planned } from './plan';
import { hasPassword } from './secrets';
import { bytesOf, type ComposeVolume, sizeOf, volumeOf } from './short-forms';

/** What a service has at its paths, in the words of an application file. */
export interface Paths {
  readonly writes: Readonly<Record<string, unknown>>;
  readonly storage: Readonly<Record<string, unknown>>;
  readonly files: Readonly<
    Record<string, { readonly text?: string; readonly secret?: string; readonly beside?: true }>
  >;
}

/** The size of a volume, which a compose file does not say. */
const SIZE = '5Gi';
/** The largest file that is taken into the application file, in bytes. */
const MOST = 16 * 1024;
/** The usual size of a path that is lost with the pod. */
const SCRATCH = '64Mi';

/** The text of a small file. @returns why there is none, otherwise */
export function smallText(file: string): { readonly text: string } | { readonly problem: string } {
  if (!existsSync(file))
    return { problem: 'does not exist here: a file goes into files, a folder into the image or into storage' };
  if (!statSync(file).isFile())
    return {
      problem: 'is a folder of this machine, which no node has: put its files into the image, or data into storage',
    };
  const bytes = readFileSync(file);
  if (bytes.length > MOST)
    return {
      problem: `has ${bytes.length} bytes: put it into the image, or beside the application file, and say files: { path: { source: … } }`,
    };
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || text.includes('\0')) return { problem: 'is no text: put it into the image' };
  if (
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ||
    hasPassword(text) ||
    /\.(env|pem|key|p12|jks)$/.test(file) ||
    /(^|\/)\.env[^/]*$/.test(file)
  )
    return { problem: 'may have secrets: put those into sharedSecrets, and say files: { path: { secret: … } }' };
  return { text };
}

/** Whether a path is one that volumes and files may have. */
function isPath(path: string): boolean {
  return /^\/[\w./@+-]*[\w@+-]$/.test(path) && !/\/(\/|\.\.?(\/|$))/.test(path);
}

/** The first service that mounts a named volume to write: the volume is its own. */
function ownerOf({ services }: Plan, source: string): Planned | undefined {
  const mounts = services.flatMap((one) =>
    one.role === 'service'
      ? (one.given.volumes ?? [])
          .map(volumeOf)
          .filter((volume) => volume.source === source)
          .map((volume) => ({ one, volume }))
      : [],
  );
  return (mounts.find(({ volume }) => !volume.readOnly) ?? mounts[0])?.one;
}

/** Collects what a service has at its paths. */
class Collector {
  readonly writes: Record<string, unknown> = {};
  readonly storage: Record<string, unknown> = {};
  readonly files: Record<string, { text?: string; secret?: string; beside?: true }> = {};

  constructor(
    private readonly compose: ComposeFile,
    private readonly plan: Plan,
    private readonly one: Planned,
    private readonly notes: Notes,
  ) {}

  volume(volume: ComposeVolume, path: readonly PropertyKey[]): void {
    const { type, source, size } = volume;
    const target = volume.target.replace(/(.)\/+$/, '$1');
    const note = (message: string) => this.notes.add(path, source ?? target, message);
    if (missingIn(`${source}${target}`).length > 0 || !isPath(target))
      note(`${target} is no path that a volume can have`);
    else if (type === 'tmpfs')
      this.writes[target] = { ...(size !== undefined && { size: sizeOf(size) }), memory: true };
    else if (type === 'bind') this.bind(source ?? '', target, note);
    else if (type === 'other')
      note('is a volume of a kind that there is not here: storage is a volume, writes is lost with the pod');
    else if (source === undefined) this.writes[target] = SCRATCH;
    else this.named(source, target, volume.readOnly, note);
  }

  private bind(source: string, target: string, note: (message: string) => void): void {
    const found = smallText(join(dirname(this.compose.file), source));
    if ('problem' in found) note(found.problem);
    else if (!/\/[\w.-]+$/.test(target) || target.lastIndexOf('/') === 0)
      note(`${target} is no path that a file can have: expected one in a folder`);
    else this.files[target] = { text: found.text, beside: true };
  }

  private named(source: string, target: string, readOnly: boolean, note: (message: string) => void): void {
    const owner = ownerOf(this.plan, source);
    if (owner?.key !== this.one.key) {
      if (!readOnly) this.writes[target] = SCRATCH;
      const who = owner === undefined ? 'a job' : owner.name;
      note(
        `is a volume of ${who} and ${this.one.name}, which share none here (access: many is for the replicas of one service): keep such files in object storage, or in one image`,
      );
      return;
    }
    const definition = this.compose.value.volumes?.[source];
    if (
      isMapping(definition) &&
      (definition.driver_opts ?? (definition.driver !== 'local' ? definition.driver : undefined)) !== undefined
    )
      this.notes.add(
        ['volumes', source],
        `driver of ${source}`,
        'say class, of a StorageClass of the cluster, in storage',
      );
    if (isMapping(definition) && (definition.external ?? 'false') !== 'false')
      this.notes.add(['volumes', source], source, 'exists already: copy its data into the new volume');
    note(`becomes a volume of ${SIZE}: say the size that it needs, and outside development its backup`);
    this.storage[target] = SIZE;
  }

  tmpfs(given: string, path: readonly PropertyKey[]): void {
    const [target = '', options = ''] = given.split(':');
    const size = bytesOf(/(?:^|,)size=(\w+)/.exec(options)?.[1] ?? '');
    this.volume({ type: 'tmpfs', target, readOnly: false, size }, path);
  }
}

/** Reads the volumes, the tmpfs and the small bind-mounted files of a service. */
export function pathsOf(compose: ComposeFile, plan: Plan, one: Planned, notes: Notes): Paths {
  const found = new Collector(compose, plan, one, notes);
  for (const [index, entry] of (one.given.volumes ?? []).entries())
    found.volume(volumeOf(entry), [...one.path, 'volumes', index]);
  const { tmpfs = [] } = one.given;
  for (const [index, entry] of [tmpfs].flat().entries())
    found.tmpfs(entry, [...one.path, 'tmpfs', ...(typeof tmpfs === 'string' ? [] : [index])]);
  const { image = '' } = one.given.build === undefined ? (one.image ?? {}) : {};
  const writable = [...Object.keys(found.writes), ...Object.keys(found.storage)];
  for (const path of foldersWithoutVolume(image, writable)) found.writes[path] = SCRATCH;
  // Whatever is said replaces the usual /tmp.
  if (Object.keys(found.writes).length > 0 && found.storage['/tmp'] === undefined) found.writes['/tmp'] ??= SCRATCH;
  return found;
}
