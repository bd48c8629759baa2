import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import { groupBy } from '../../lib/base/group';
import { imageReference } from '../../lib/base/image';
import { formatLocation, InputError } from '../../lib/base/problem';
import { imagesOf } from '../../lib/checks/rules/images';
import { withImage } from '../../lib/config/image-edit';
import { type ImageOfSetting, imagesIn } from '../../lib/config/images';
import { buildEnvironments } from '../../lib/pipeline/build';
import type { Resolved } from './registry';

/** The setting of an image that an environment runs. */
export interface Pin extends ImageOfSetting {
  /** The file of the environment that says its digest. */
  readonly file: string;
  /** `environments/prod/salient.yaml:3:18: backend` */
  readonly place: string;
}

/** `repository:tag`, whatever its digest is. */
export const taggedOf = ({ image, version }: Pick<Pin, 'image' | 'version'>): string =>
  imageReference({ image, tag: version.tag });

/**
 * The settings of all images that environments run, defaults included.
 *
 * @throws InputError when an environment file is wrong
 */
export function pinsOf(root: string, environments: readonly string[]): Pin[] {
  const built = buildEnvironments(registry, root, environments);
  const running = new Set(imagesOf(built.flatMap(({ objects }) => objects)));
  return built.flatMap(({ environment, system, values, locate }) => {
    const file = `environments/${environment}/${system}.yaml`;
    return imagesIn(values)
      .filter(({ image, version }) => running.has(imageReference({ image, ...version })))
      .map((one) => ({
        ...one,
        file,
        place: formatLocation({ ...locate([...one.path, 'tag']), path: one.path.join('.') }),
      }));
  });
}

/** What became of one setting. */
export interface Result {
  readonly state: 'pinned' | 'unpinned' | 'differs' | 'unknown';
  readonly line: string;
}

/** Compares a setting with the registry's answer. */
export function compare(pin: Pin, answer: Resolved | undefined): Result {
  const { digest } = pin.version;
  const at = `${pin.place}: ${taggedOf(pin)}`;
  if (answer === undefined || 'problem' in answer)
    return { state: 'unknown', line: `unknown: ${at}: ${answer?.problem ?? 'no answer'}` };
  if (digest === answer.digest) return { state: 'pinned', line: `pinned: ${at}: ${digest}` };
  if (digest === undefined) return { state: 'unpinned', line: `unpinned: ${at}: the registry has ${answer.digest}` };
  return { state: 'differs', line: `differs: ${at}: given ${digest}, the registry has ${answer.digest}` };
}

/**
 * The texts of environment files with digests.
 *
 * @returns the texts that change, by their files, and the problems of settings that cannot be changed in place
 */
export function textsWith(root: string, changes: readonly { readonly pin: Pin; readonly digest: string }[]) {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const [file, own] of groupBy(changes, ({ pin }) => pin.file)) {
    let text = readFileSync(join(root, file), 'utf8');
    for (const { pin, digest } of own) {
      try {
        text = withImage(file, text, pin.path, { ...pin.version, digest });
        texts.set(file, text);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(error.message);
      }
    }
  }
  return { texts, problems };
}
