/** AWS Secrets Manager, read as an IAM role by web identity. */
export interface AwsStore {
  readonly kind: 'aws';
  readonly region: string;
  readonly roleArn: string;
}

/** Azure Key Vault, read by workload identity. */
export interface AzureStore {
  readonly kind: 'azure';
  readonly vaultUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
}

/** HashiCorp Vault's key-value engine (version 2), read by the Kubernetes auth method. */
export interface VaultStore {
  readonly kind: 'vault';
  readonly server: string;
  /** Where the engine is mounted. */
  readonly path: string;
  /** Where the auth method is mounted. */
  readonly mountPath: string;
  readonly role: string;
}

export type SecretStore = AwsStore | AzureStore | VaultStore;

/** External Secrets copies them from a store. */
export interface ExternalSource {
  readonly kind: 'external';
  readonly store: SecretStore;
  /** The name of the SecretStore. */
  readonly storeName: string;
  /** The ServiceAccount that the store trusts. */
  readonly serviceAccount: string;
  /** What remote keys begin with. */
  readonly prefix: string;
  /** How often the store is read, as in `1h`. */
  readonly refresh: string;
  /** Counts the changes at the source: a new one is fetched at once and rolls the pods that read it. */
  readonly revision: number;
}

/**
 * Where the values of secrets come from: a store, somebody's hands, or (for a developer's cluster alone) the component's
 * own well-known development values.
 */
export type SecretSource =
  | ExternalSource
  | { readonly kind: 'manual'; readonly revision: number }
  | { readonly kind: 'development'; readonly revision: number };
