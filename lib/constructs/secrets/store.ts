import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import {
  SecretStore as SecretStoreObject,
  type SecretStoreSpecProvider,
  SecretStoreSpecProviderAwsService,
  SecretStoreSpecProviderAzurekvAuthType,
  SecretStoreSpecProviderVaultVersion,
} from '../../../imports/external-secrets.io';
import type { ExternalSource, SecretStore } from '../../model/secret-source';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';

/** The annotations of the ServiceAccount for the identity service of the cloud provider. */
function identityOf(store: SecretStore): Record<string, string> {
  switch (store.kind) {
    case 'aws':
      return { 'eks.amazonaws.com/role-arn': store.roleArn };
    case 'azure':
      return {
        'azure.workload.identity/client-id': store.clientId,
        'azure.workload.identity/tenant-id': store.tenantId,
      };
    case 'vault':
      return {}; // Vault binds its role to the name of the account
  }
}

function providerOf(store: SecretStore, serviceAccount: string): SecretStoreSpecProvider {
  const serviceAccountRef = { name: serviceAccount };
  switch (store.kind) {
    case 'aws':
      return {
        aws: {
          service: SecretStoreSpecProviderAwsService.SECRETS_MANAGER,
          region: store.region,
          auth: { jwt: { serviceAccountRef } },
        },
      };
    case 'azure':
      return {
        azurekv: {
          authType: SecretStoreSpecProviderAzurekvAuthType.WORKLOAD_IDENTITY,
          vaultUrl: store.vaultUrl,
          tenantId: store.tenantId,
          serviceAccountRef,
        },
      };
    case 'vault':
      return {
        vault: {
          server: store.server,
          path: store.path,
          version: SecretStoreSpecProviderVaultVersion.V2,
          auth: { kubernetes: { mountPath: store.mountPath, role: store.role, serviceAccountRef } },
        },
      };
  }
}

/** The full name of a remote key. Names in Azure Key Vault cannot contain slashes. */
export function remoteKey(source: ExternalSource, remote: string): string {
  const key = `${source.prefix}/${remote}`;
  return source.store.kind === 'azure' ? key.replaceAll('/', '-') : key;
}

/** The reference to a remote value. Keys in HashiCorp Vault always have properties; that of a plain value is named `value`. */
export function remoteRef(
  source: ExternalSource,
  remote: string,
  property?: string,
): { key: string; property?: string } {
  const named = property ?? (source.store.kind === 'vault' ? 'value' : undefined);
  return { key: remoteKey(source, remote), ...(named !== undefined && { property: named }) };
}

/** The SecretStore of a namespace, and the ServiceAccount by which it authenticates. No pod runs as that account. */
export class SecretStoreWithAccount extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly system: string; readonly namespace: string; readonly source: ExternalSource },
  ) {
    super(scope, id);
    const { source, namespace } = props;
    const labels = labelsOf(props.system);
    new k8s.KubeServiceAccount(this, 'serviceaccount', {
      metadata: {
        namespace,
        name: source.serviceAccount,
        labels,
        annotations: { ...identityOf(source.store), ...waveOf('foundation') },
      },
      automountServiceAccountToken: false,
    });
    new SecretStoreObject(this, 'secretstore', {
      metadata: { namespace, name: source.storeName, labels, annotations: waveOf('foundation') },
      spec: { provider: providerOf(source.store, source.serviceAccount) },
    });
  }
}
