export { commandFor } from './by-hand';
export { Secret, type SecretKey, type SecretValue, type TemplatePart } from './secret';
export { Secrets } from './secrets';
export type { AwsStore, AzureStore, ExternalSource, SecretSource, Store, VaultStore } from './source';
export { SecretStore } from './store';
