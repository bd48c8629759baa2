import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Config } from '../model/config';
import { renderText } from './addresses';
import { waveOf } from './annotations';
import { labelsOf } from './labels';

/** The ConfigMap object of a {@link Config}. */
export class ConfigMap extends Construct {
  constructor(scope: Construct, id: string, props: { readonly system: string; readonly config: Config }) {
    super(scope, id);
    const { namespace, name, data } = props.config;
    new k8s.KubeConfigMap(this, 'configmap', {
      metadata: { namespace, name, labels: labelsOf(props.system), annotations: waveOf('foundation') },
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, renderText(text)])),
    });
  }
}
