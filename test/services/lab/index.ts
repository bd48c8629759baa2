import type { ManifestObject } from '../../../lib/manifests/object';
import type { Image } from './images';
import { Lab } from './lab';

export { ExternalSecrets } from './external-secrets';
export type { Image } from './images';
export type { Daemon, Lab } from './lab';
export { type Output, until } from './machine';
export type { Pod, Result, StartOptions, Stopped } from './pod';

const open: Lab[] = [];

/** Opens a laboratory, which is closed after the tests of the file. To be called in `beforeAll` or in a test. */
export async function openLab(
  objects: readonly ManifestObject[],
  images: Readonly<Record<string, Image>> = {},
): Promise<Lab> {
  const lab = await Lab.open(objects, images);
  open.push(lab);
  return lab;
}

afterAll(async () => {
  for (const lab of open.splice(0)) await lab.close();
});
