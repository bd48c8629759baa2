import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import accepted from './health/accepted.lua';
import applied from './health/applied.lua';

/** Health checks by kind, for kinds that Argo CD has no built-in check for. Source: Argo CD 3.5, resource_customizations. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'gateway.envoyproxy.io_BackendTrafficPolicy': accepted,
  'gateway.envoyproxy.io_ClientTrafficPolicy': accepted,
  'gateway.envoyproxy.io_SecurityPolicy': accepted,
  'postgresql.cnpg.io_Database': applied,
  'postgresql.cnpg.io_DatabaseRole': applied,
};

/**
 * Health checks for the settings of Argo CD, to be merged into its existing ConfigMap by `kubectl patch`. They are not part of an
 * Application, since any apply (server-side too) would remove the keys that an earlier `kubectl apply` wrote to the ConfigMap.
 * Source: Argo CD, Resource Health, Custom Health Checks; kubernetes.io, Server-Side Apply, Migration from client-side.
 */
export class HealthChecks extends Construct {
  constructor(scope: Construct, id: string, { namespace }: { readonly namespace: string }) {
    super(scope, id);
    const keys = Object.entries(SCRIPTS).map(([kind, script]) => [`resource.customizations.health.${kind}`, script]);
    new k8s.KubeConfigMap(this, 'settings', {
      metadata: {
        name: 'argocd-cm',
        namespace,
      },
      data: Object.fromEntries(keys),
    });
  }
}
