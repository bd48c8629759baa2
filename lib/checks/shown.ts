import { formatValue } from '../base/quantity';
import { credentialIn, credentialsInCommand } from './cluster/credentials';

/** Whether a value, or a part of it, is a credential. */
function holdsCredential(name: string, value: unknown): boolean {
  if (Array.isArray(value)) {
    return credentialsInCommand(value).length > 0 || value.some((one) => holdsCredential(name, one));
  }
  if (value !== null && typeof value === 'object') {
    const own = 'name' in value && 'value' in value ? [[String(value.name), value.value] as const] : [];
    return [...own, ...Object.entries(value)].some(([key, one]) => holdsCredential(key, one));
  }
  if (credentialIn(name, value) !== undefined) return true;
  // `key value` and `key = value` of a line of a file
  const [, key = '', rest = ''] = /^\s*([\w.-]+)(?:\s*[=:]\s*|\s+)(\S+)\s*$/.exec(String(value)) ?? [];
  return key !== '' && credentialIn(key, rest) !== undefined;
}

/** A value on one line. Credentials are not shown, since messages are logged. */
export function shown(name: string, value: unknown, longest: number): string {
  if (value === undefined) return 'nothing';
  if (holdsCredential(name, value)) return 'a value that is not shown';
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : formatValue(value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
