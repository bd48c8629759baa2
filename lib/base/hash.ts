import { createHash } from 'node:crypto';

/** The digits of a hash that names and annotations carry. */
export function hashOf(value: unknown, digits: number): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, digits);
}
