import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import accepted from './health/accepted.lua';
import applied from './health/applied.lua';

/** What tells the health of kinds that Argo CD knows nothing of; of the others it has checks of its own. Source: Argo CD 3.5, resource_customizations. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'gateway.envoyproxy.io_BackendTrafficPolicy': accepted,
  'gateway.envoyproxy.io_ClientTrafficPolicy': accepted,
  'gateway.envoyproxy.io_SecurityPolicy': accepted,
  'postgresql.cnpg.io_Database': applied,
  'postgresql.cnpg.io_DatabaseRole': applied,
};

/**
 * Health checks among Argo CD's settings, to be merged into the ConfigMap that Argo CD has: `kubectl patch`. It is no part of an
 * Application, since an apply, server-side too, drops what `kubectl apply` has once written there and these keys are not.
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
