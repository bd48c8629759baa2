import type { Text } from './address';

/** A reference to one key of a ConfigMap, for an environment variable. */
export interface ConfigKey {
  readonly config: Config;
  readonly key: string;
}

/**
 * A ConfigMap. Containers read its keys as environment variables or mount them as files. When a value changes, the pods that read this
 * value restart, and no others.
 *
 * @example
 * const config = new Config('shop-prod', 'api-config', { LOG_LEVEL: 'info', CACHE_URL: urlOf(cache) });
 * component({ ...props, env: config.pick('LOG_LEVEL') });
 * component({ ...props, mounts: [{ path: '/etc/api', from: config }] });
 */
export class Config<Key extends string = string> {
  constructor(
    readonly namespace: string,
    readonly name: string,
    readonly data: Readonly<Record<Key, Text>>,
  ) {}

  /** Environment variables that read some keys and have the same names. */
  pick<K extends Key>(...keys: K[]): Record<K, ConfigKey> {
    return Object.fromEntries(keys.map((key) => [key, { config: this, key }])) as unknown as Record<K, ConfigKey>;
  }
}
