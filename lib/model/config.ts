import type { Text } from './address';

/** One value of a ConfigMap, as a container reads it. */
export interface ConfigKey {
  readonly config: Config;
  readonly key: string;
}

/** A ConfigMap: plain values that containers read one by one, or files; a change rolls only the pods that read what changed. */
export class Config<Key extends string = string> {
  constructor(
    readonly namespace: string,
    readonly name: string,
    readonly data: Readonly<Record<Key, Text>>,
  ) {}

  /** Environment variables with the names of the keys. */
  pick<K extends Key>(...keys: K[]): Record<K, ConfigKey> {
    return Object.fromEntries(keys.map((key) => [key, { config: this, key }])) as unknown as Record<K, ConfigKey>;
  }
}
