import { type Address, isText, type Text } from '../../model/address';
import type { SecretValue } from '../../model/secret';
import type { Variable } from './blueprint';

/** The parts of a secret's template, or of a text, in their order. */
export type Part = string | Address | { readonly secret: true };

export function partsOf(value: Text | SecretValue): Part[] {
  if (isText(value)) return typeof value === 'string' ? [value] : [...value];
  if ('remote' in value) return [{ secret: true }];
  return value.template.flatMap((part): Part[] => (isText(part) ? partsOf(part) : [{ secret: true }]));
}

export const isAddress = (part: Part): part is Address => typeof part === 'object' && 'of' in part;

/** Where a value comes from: one place, or several that a shell puts together. @default - it is not known */
export type Origin = Omit<Variable, 'key'> | { readonly expression: string } | undefined;

/** Collects the variables of one service. */
export class Collected {
  /** @param needsDirect whether a command before the deploy uses the database */
  constructor(readonly needsDirect: boolean) {}

  readonly variables = new Map<string, Variable>();
  readonly exports: string[] = [];
  readonly notes: string[] = [];
  needsPool = false;
  /** The scheme of the database's URLs. @default - it does not use the database */
  scheme: string | undefined;
  /** The first variable of each secret. */
  readonly secrets = new Map<string, string>();

  put(key: string, origin: Origin) {
    if (origin === undefined) return;
    if ('expression' in origin) this.exports.push(`export ${key}="${origin.expression}"`);
    else this.variables.set(key, { key, ...origin });
  }
}
