/** AWS Secrets Manager. External Secrets assumes an IAM role by web identity. */
export interface AwsStore {
  readonly kind: 'aws';
  readonly region: string;
  /** The IAM role that the ServiceAccount assumes. */
  readonly roleArn: string;
}

/** Azure Key Vault. External Secrets uses workload identity. */
export interface AzureStore {
  readonly kind: 'azure';
  readonly vaultUrl: string;
  /** The tenant of Microsoft Entra ID. */
  readonly tenantId: string;
  /** The client ID of the managed identity. */
  readonly clientId: string;
}

/** The key-value engine (version 2) of HashiCorp Vault. External Secrets uses the Kubernetes auth method. */
export interface VaultStore {
  readonly kind: 'vault';
  /** The URL of Vault. */
  readonly server: string;
  /** The mount path of the key-value engine. */
  readonly path: string;
  /** The mount path of the auth method. */
  readonly mountPath: string;
  /** The Vault role. */
  readonly role: string;
}

/** A secret store of a cloud provider, or Vault. */
export type SecretStore = AwsStore | AzureStore | VaultStore;

/** The External Secrets operator copies values from a store. Source: external-secrets.io. */
export interface ExternalSource {
  readonly kind: 'external';
  readonly store: SecretStore;
  /** The name of the SecretStore object. */
  readonly storeName: string;
  /** The ServiceAccount that the store authenticates. */
  readonly serviceAccount: string;
  /** The prefix of remote keys, without the slash: `shop` for `shop/roles`. */
  readonly prefix: string;
  /** How often values that no role has are read, such as `1h`. */
  readonly refresh: string;
  /** Increase it after a change in the store: the values are fetched at once, and the pods that read them restart. */
  readonly revision: number;
}

/**
 * The source of secret values: a secret store (`external`), Secrets that a person creates (`manual`), or public development values
 * (`development`, only for clusters of developers).
 */
export type SecretSource =
  | ExternalSource
  | { readonly kind: 'manual'; readonly revision: number }
  | { readonly kind: 'development'; readonly revision: number };
