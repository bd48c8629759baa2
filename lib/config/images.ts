import { hasMovingTag, type Image, imageReference } from '../base/image';
import type { Problem } from '../base/problem';
import { VERSIONS } from '../base/versions';
import type { ImageVersion } from './image-edit';
import { formatPath, valueAt } from './parse';
import type { YamlFile } from './yaml-file';

/** An image setting. */
export interface ImageOfSetting {
  readonly path: readonly string[];
  readonly image: string;
  readonly version: ImageVersion;
}

/** The image settings of an environment: mappings with a repository and a tag, defaults included. */
export function imagesIn(value: unknown, path: readonly string[] = []): ImageOfSetting[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const { image, tag, digest, kind } = value as Record<string, unknown>;
  const isImage = typeof image === 'string' && typeof tag === 'string';
  const own = isImage
    ? [
        {
          path,
          image,
          version: { tag, digest: digest as string | undefined, ...(typeof kind === 'string' && { kind }) },
        },
      ]
    : [];
  return [...own, ...Object.entries(value).flatMap(([key, one]) => imagesIn(one, [...path, key]))];
}

/** A full tag of the same repository and line, as an example. */
function exampleFor({ image, tag }: Image): string {
  const [major] = /\d+/.exec(tag) ?? [];
  const known = VERSIONS.filter((one) => one.image === image || one.image?.endsWith(`/${image}`));
  const found = known.find(({ version }) => version.split('.')[0] === major) ?? known[0];
  return found?.tag ?? found?.version ?? 'v1.2.3';
}

const fullOf = ({ image, version }: ImageOfSetting): Image => ({ image, ...version });

/**
 * The problems of tags that may move, of which a file outside development has none.
 *
 * @param value the settings of the file, with or without defaults
 */
export function movingTagProblems(value: unknown, yaml: Pick<YamlFile, 'locate' | 'value'>): Problem[] {
  // The schema refuses a tag without a digit.
  const moving = imagesIn(value).filter((one) => hasMovingTag(fullOf(one)) && /\d/.test(one.version.tag));
  const isWritten = ({ path }: ImageOfSetting) => valueAt(yaml.value, [...path, 'tag']) !== undefined;
  const written = new Set(moving.filter(isWritten).map((one) => imageReference(fullOf(one))));
  return moving.flatMap((one) => {
    const full = fullOf(one);
    // A setting that follows another one has the problem of that one.
    if (!isWritten(one) && written.has(imageReference(full))) return [];
    const at = [...one.path, 'tag'];
    const message = `given "${full.tag}", expected a full version such as ${exampleFor(full)}, or a digest beside it: ${full.tag} may move to another image (allowed only in dev)`;
    return [{ ...yaml.locate(at), path: formatPath(at), message }];
  });
}
