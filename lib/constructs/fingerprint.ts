import { hashOf } from '../base/hash';
import { Config } from '../model/config';
import type { Container, Mount } from '../model/container';
import { Secret } from '../model/secret';

function mounted({ from, keys, live }: Mount): unknown {
  if (from instanceof Config) return (keys ?? Object.keys(from.data)).map((key) => [key, from.data[key]]);
  if (from instanceof Secret) {
    if (live) return from.revision;
    return (keys ?? Object.keys(from.values)).map((key) => [key, from.originOf(key)]);
  }
  return from.name;
}

/**
 * A hash of what a pod reads at its start: the values of its configuration and, of each secret, where its value comes from
 * and at which revision (or, where values are public anyway, the value). Undefined when it reads nothing.
 */
export function fingerprint(containers: readonly Container[], more: readonly string[]): string | undefined {
  const read = containers.flatMap(({ env, mounts }) => [
    ...Object.entries(env).flatMap(([name, value]) => {
      if (typeof value === 'string') return [];
      return [[name, 'config' in value ? value.config.data[value.key] : value.secret.originOf(value.key)]];
    }),
    ...mounts.map((mount) => [mount.path, mounted(mount)]),
  ]);
  return read.length + more.length === 0 ? undefined : hashOf([...read, ...more], 16);
}
