import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { WAVES, waveOf } from './annotations';
import { labelsOf } from './labels';

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
    readonly data: Readonly<Record<Key, string>>,
  ) {}

  /** Environment variables with the names of the keys. */
  pick<K extends Key>(...keys: K[]): Record<K, ConfigKey> {
    return Object.fromEntries(keys.map((key) => [key, { config: this, key }])) as unknown as Record<K, ConfigKey>;
  }
}

/** The ConfigMap object of a {@link Config}. */
export class ConfigMap extends Construct {
  constructor(scope: Construct, id: string, props: { readonly system: string; readonly config: Config }) {
    super(scope, id);
    const { namespace, name, data } = props.config;
    new k8s.KubeConfigMap(this, 'configmap', {
      metadata: { namespace, name, labels: labelsOf(props.system), annotations: waveOf(WAVES.foundation) },
      data,
    });
  }
}
