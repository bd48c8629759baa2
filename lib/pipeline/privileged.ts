import { groupBy } from '../base/group';
import { type Image, imageReference } from '../base/image';
import { isText } from '../model/address';
import { containersOf } from '../model/component';
import type { Container } from '../model/container';
import { Secret } from '../model/secret';
import type { System } from '../model/system';
import type { Described } from './describe';

/** The remote keys of what opens all databases of a server, or the store of their dumps and of their write-ahead log. */
const OPENS_ALL = /(?:^|[/-])(?:admin|superuser|backup)-password$|^backups$|-archive$|^surrealdb$/;

/** Whether a container has such a value. */
function holdsOne({ env, mounts }: Container): boolean {
  const opens = (secret: Secret, keys: readonly string[]) =>
    keys.some((key) => {
      const value = secret.values[key];
      return value !== undefined && 'remote' in value && OPENS_ALL.test(value.remote);
    });
  return (
    Object.values(env).some((value) => !isText(value) && 'secret' in value && opens(value.secret, [value.key])) ||
    mounts.some(({ from }) => from instanceof Secret && opens(from, Object.keys(from.values)))
  );
}

/**
 * The images of pods with more than the rights of their own program: with the password of an administrator of a database, or the credentials of
 * backups. All containers of such a pod count, since one runs what another one has copied. Instances of CloudNativePG have the superuser, and a
 * ServiceAccount with rights in their namespace.
 */
export function privilegedImages({ components, tasks, clusters }: System): Image[] {
  const pods = [...components.map(containersOf), ...tasks.map(({ init, containers }) => [...init, ...containers])];
  const privileged = pods.filter((containers) => containers.some(holdsOne)).flat();
  return [...privileged, ...clusters].map(({ image }) => image);
}

/** A note for each environment outside development with privileged images that no digest fixes. */
export function unpinnedNotes(described: readonly Pick<Described, 'environment' | 'model'>[]): string[] {
  const systems = described.filter(({ model }) => model !== undefined && model.tier !== 'development');
  return [...groupBy(systems, ({ environment }) => environment)].flatMap(([environment, own]) => {
    const images = own.flatMap(({ model }) => (model === undefined ? [] : privilegedImages(model)));
    const unpinned = new Set(images.filter(({ digest }) => digest === undefined).map(imageReference));
    if (unpinned.size === 0) return [];
    const list = [...unpinned].sort().join(', ');
    return [
      `${environment}: note: images that administer databases or backups have no digest: ${list}; npm run pin -- --env ${environment} adds them`,
    ];
  });
}
