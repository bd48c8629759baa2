export { commandFor } from './by-hand';
export { Secret, type SecretKey, type SecretValue, type TemplatePart } from './secret';
export { Secrets } from './secrets';
export type { SecretSource } from './source';
