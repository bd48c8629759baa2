import { createHash } from 'node:crypto';

/**
 * The first hexadecimal digits of the SHA-256 of a JSON value, for names and annotations.
 *
 * @param digits how many, at most 64
 */
export function hashOf(value: unknown, digits: number): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, digits);
}
