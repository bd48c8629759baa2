import type { ImageVersion } from '../../lib/config/image-edit';

/** An image setting. */
interface ImageOfSetting {
  readonly path: readonly string[];
  readonly image: string;
  readonly version: ImageVersion;
}

/** The image settings of an environment: mappings with a repository and a tag, defaults included. */
export function imagesIn(value: unknown, path: readonly string[] = []): ImageOfSetting[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const { image, tag, digest } = value as Record<string, unknown>;
  const isImage = typeof image === 'string' && typeof tag === 'string';
  const own = isImage ? [{ path, image, version: { tag, digest: digest as string | undefined } }] : [];
  return [...own, ...Object.entries(value).flatMap(([key, one]) => imagesIn(one, [...path, key]))];
}
