import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatLocation } from '../../lib/base/problem';
import { type ImageSetting, imageSettingIn } from '../../lib/config/image-edit';

/** The texts of files by their paths, at one time. */
export type Contents = ReadonlyMap<string, Buffer>;

/** The files that say a system's settings in an environment: its own, and the one for all environments, which need not exist. */
export function filesOf(system: string, environment: string): [own: string, base: string] {
  return [`environments/${environment}/${system}.yaml`, `environments/${system}.yaml`];
}

/** The version of an image as the files of a system state it. */
export interface Stated {
  /** Undefined where no file states it: then it is a default of the system. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** The place of the tag, or undefined. */
  readonly place: string | undefined;
  /** The same in short: ` in defaults`, ` by environments/shop.yaml`; nothing for the image's own setting in the own file. */
  readonly by: string;
}

/**
 * The version of an image that files state. The tag of a service may also stand in the base, or in `defaults` of either file.
 *
 * @param path of the image's setting
 * @returns undefined where there is no own file, or it cannot be read
 */
export function statedIn(
  contents: Contents,
  [own, base]: [string, string],
  path: readonly string[],
): Stated | undefined {
  const read = (file: string, at: readonly string[]): ImageSetting | undefined => {
    const bytes = contents.get(file);
    return bytes && imageSettingIn(file, bytes, at);
  };
  const setting = read(own, path);
  if (setting === undefined) return undefined;
  const shared = path[0] === 'services' ? [['defaults']] : [];
  const found = [path, ...shared]
    .flatMap((at) => [own, base].map((file) => ({ file, at, setting: read(file, at) })))
    .find((one) => one.setting?.tag !== undefined);
  // A tag of the own file takes the digest of the base away.
  const digest = setting.digest ?? (setting.tag === undefined ? read(base, path)?.digest : undefined);
  if (found?.setting === undefined) return { tag: undefined, digest, place: undefined, by: '' };
  const { file, at } = found;
  return {
    tag: found.setting.tag,
    digest,
    place: formatLocation({
      file,
      position: found.setting.position,
      path: at === path ? path.join('.') : 'defaults.tag',
    }),
    by: `${at === path ? '' : ' in defaults'}${file === own ? '' : ` by ${file}`}`,
  };
}

/** The files of a project as they are now, of some paths. */
export function contentsOf(root: string, files: readonly string[]): Contents {
  const existing = files.filter((file) => existsSync(join(root, file)));
  return new Map(existing.map((file) => [file, readFileSync(join(root, file))]));
}
