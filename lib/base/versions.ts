import versions from '../../versions.yaml';
import type { Image } from './image';

/** An entry of `versions.yaml`, which says what its fields are. */
export interface Version {
  readonly what: string;
  readonly version: string;
  readonly image?: string;
  /** @default - the version */
  readonly tag?: string;
  /** The API group of an operator's custom resources. @default - it is no operator */
  readonly group?: string;
  /** @default - the version */
  readonly definitions?: string;
  /** `2028-11-09`. @default - its publisher names no day */
  readonly endOfLife?: string;
  readonly date: string;
  readonly source: string;
}

/** The versions that Berth names. */
export const VERSIONS: readonly Version[] = versions as Version[];

/**
 * The entry of a name.
 *
 * @throws Error when there is none, which is a mistake of the program
 */
export function versionOf(what: string): Version {
  const found = VERSIONS.find((one) => one.what === what);
  if (found === undefined) throw new Error(`versions.yaml has no ${what}`);
  return found;
}

/** The image of an entry: the default of a setting. */
export function imageOf(what: string): Pick<Image, 'image' | 'tag'> {
  const { image, version, tag = version } = versionOf(what);
  if (image === undefined) throw new Error(`versions.yaml has no image of ${what}`);
  return { image, tag };
}

/** The tag of PostgreSQL's image with its newest version of a major. @returns undefined for a major that versions.yaml has not */
export function postgresTag(major: number): string | undefined {
  return VERSIONS.find(({ what }) => what === `PostgreSQL ${major}`)?.tag;
}
