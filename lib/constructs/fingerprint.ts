import { hashOf } from '../base/hash';
import { isText, type Text } from '../model/address';
import { Config } from '../model/config';
import type { Container, Mount } from '../model/container';
import { Secret } from '../model/secret';
import { renderText } from './addresses';

/** What decides about a restart after a change of a mounted volume. */
function mountedContent({ from, keys, reloadsInPlace }: Mount): unknown {
  if (from instanceof Config)
    return (keys ?? Object.keys(from.data)).map((key) => [key, renderText(from.data[key] as Text)]);
  if (from instanceof Secret) {
    if (reloadsInPlace) return from.revision;
    return (keys ?? Object.keys(from.values)).map((key) => [key, from.originOf(key, renderText)]);
  }
  return from.name;
}

/**
 * A hash of what a pod reads when it starts: the values of its configuration, and the source and revision of each secret value (or the
 * value itself, if it is a public development value).
 *
 * @param more texts that restart the pods too
 * @returns undefined if there is nothing to hash
 */
export function fingerprint(containers: readonly Container[], more: readonly string[]): string | undefined {
  const values = containers.flatMap(({ env, mounts }) => [
    ...Object.entries(env).flatMap(([name, value]) => {
      if (isText(value) || !('key' in value)) return [];
      const { key } = value;
      return [
        [name, 'config' in value ? renderText(value.config.data[key] as Text) : value.secret.originOf(key, renderText)],
      ];
    }),
    ...mounts.map((mount) => [mount.path, mountedContent(mount)]),
  ]);
  return values.length + more.length === 0 ? undefined : hashOf([...values, ...more], 16);
}
