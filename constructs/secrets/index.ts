export { commandFor } from './by-hand';
export { Secret, type SecretKey, type SecretValue, STAMP, type TemplatePart } from './secret';
export { Secrets } from './secrets';
export type { ExternalSource, SecretSource, Store } from './source';
export { remoteRef } from './store';
