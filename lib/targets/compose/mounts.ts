import { Config } from '../../model/config';
import type { Container, Mount } from '../../model/container';
import { Secret } from '../../model/secret';
import type { Print } from './text';
import type { Variables } from './variables';

/** A mount of a service. */
export interface ServiceVolume {
  /** The name of a volume, or a path that begins with `./`. */
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean | undefined;
  /** The group that it belongs to. @default - the user of the service */
  readonly group?: number | undefined;
  /** The one file of the volume that is mounted. @default - all of them */
  readonly file?: string;
  /** The options of a volume in memory, which is empty when the first container mounts it. @default - it is on disk */
  readonly memory?: string;
}

/** Whether a mount is of a volume, and not of a file beside the compose file. */
export function isVolume({ source }: Pick<ServiceVolume, 'source'>): boolean {
  return !source.startsWith('./');
}

/**
 * A mount as compose files have it. An empty volume gets the files of the image at its path, and their owner, unless it says nocopy:
 * a container that is made after the volume was handed to its user could then not write to it, and on Kubernetes volumes are empty.
 * Source: docs.docker.com, Compose file reference, volumes; docker run, volume.
 */
export function volumeText({ source, target, readOnly, file }: ServiceVolume) {
  if (file !== undefined)
    return {
      type: 'volume',
      source,
      target,
      ...(readOnly && { read_only: true }),
      volume: { nocopy: true, subpath: file },
    };
  const options = [...(readOnly ? ['ro'] : []), ...(isVolume({ source }) ? ['nocopy'] : [])];
  return [source, target, ...(options.length > 0 ? [options.join(',')] : [])].join(':');
}

/** Files of secrets in a volume of their own, which a service fills before the others start. */
export interface SecretFiles {
  readonly volume: string;
  /** The text of the compose file for each file. */
  readonly files: Readonly<Record<string, string>>;
}

/** The folder with the texts of ConfigMaps, beside the compose file. */
const FOLDER = 'files';

/** The folder with what the user provides, such as certificates. */
const GIVEN = 'given';

/** What containers have mounted that is no data: files beside the compose file, and volumes with the files of secrets. */
export class Mounts {
  private readonly configs = new Map<string, string>();
  private readonly secrets = new Map<string, SecretFiles>();
  private readonly given = new Set<string>();
  private readonly parts = new Map<string, number>();

  constructor(
    private readonly print: Print,
    private readonly variables: Variables,
  ) {}

  /** The mounts of a container's ConfigMaps and Secrets. */
  of({ mounts }: Container): ServiceVolume[] {
    return mounts.flatMap((mount) => {
      const { from } = mount;
      if (from instanceof Config) return this.config(mount, from);
      if (from instanceof Secret) return this.secret(mount, from);
      const source = `./${GIVEN}/${from.name}`;
      this.given.add(`${source}: ${(from.keys ?? ['its files']).join(', ')}`);
      return [{ source, target: mount.path, readOnly: true }];
    });
  }

  /** A folder with all files of a ConfigMap, or with those that are mounted. */
  private config({ path, keys, files = {}, beside }: Mount, { name, data }: Config): ServiceVolume[] {
    const all = keys ?? Object.keys(data);
    const isWhole = all.length === Object.keys(data).length && Object.keys(files).length === 0;
    const folder = isWhole ? name : `${name}-${all.map((key) => files[key] ?? key).join('-')}`;
    for (const key of all)
      this.configs.set(`${FOLDER}/${folder}/${files[key] ?? key}`, this.print(data[key] as string));
    if (!beside) return [{ source: `./${FOLDER}/${folder}`, target: path, readOnly: true }];
    return all.map((key) => {
      const file = files[key] ?? key;
      return { source: `./${FOLDER}/${folder}/${file}`, target: `${path === '/' ? '' : path}/${file}`, readOnly: true };
    });
  }

  private secret({ path, keys, files = {}, beside }: Mount, secret: Secret): ServiceVolume[] {
    const all = keys ?? Object.keys(secret.values);
    const isWhole = all.length === Object.keys(secret.values).length && Object.keys(files).length === 0;
    const volume = `secret-${secret.name}${isWhole ? '' : `-${this.partOf(secret, all, files)}`}`;
    const texts = Object.fromEntries(all.map((key) => [files[key] ?? key, this.variables.valueOf(secret, key)]));
    this.secrets.set(volume, { volume, files: texts });
    const common = { source: volume, readOnly: true };
    if (!beside) return [{ ...common, target: path }];
    return Object.keys(texts).map((file) => ({
      ...common,
      target: `${path === '/' ? '' : path}/${file}`,
      file,
    }));
  }

  /** A number for each set of keys of a Secret that containers have. */
  private partOf({ name }: Secret, keys: readonly string[], files: Readonly<Record<string, string>>): number {
    const key = `${name} ${JSON.stringify([keys, files])}`;
    const own = [...this.parts.keys()].filter((one) => one.startsWith(`${name} `));
    const known = this.parts.get(key) ?? own.length + 1;
    this.parts.set(key, known);
    return known;
  }

  /** The files beside the compose file, by their paths. */
  get texts(): ReadonlyMap<string, string> {
    return this.configs;
  }

  get secretFiles(): readonly SecretFiles[] {
    return [...this.secrets.values()];
  }

  /** The folders that the user provides, with their files. */
  get prerequisites(): readonly string[] {
    return [...this.given];
  }
}
