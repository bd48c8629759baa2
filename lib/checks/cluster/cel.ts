import { isIP } from 'node:net';
import type { CelEnv, CelInput, parse } from '@bufbuild/cel';
import { IPv6 } from 'ipaddr.js';
import { memoize } from '../../base/memoize';

/** What an expression yields: a value, or the reason why it has none. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

/** The library with the functions that Kubernetes adds and the committed definitions use. Loaded on first use: most objects need none of it. */
let loaded: { readonly cel: typeof import('@bufbuild/cel'); readonly env: CelEnv } | undefined;

function load() {
  if (loaded) return loaded;
  const cel = require('@bufbuild/cel') as typeof import('@bufbuild/cel');
  const { strings } = require('@bufbuild/cel/ext') as typeof import('@bufbuild/cel/ext');
  const { BOOL, STRING } = cel.CelScalar;
  // An address with a zone, or of IPv4 in the form of IPv6, is none. Source: kubernetes.io, Common Expression Language, IP address library.
  const isMapped = (text: string) => IPv6.isValid(text) && IPv6.parse(text).isIPv4MappedAddress();
  const isAddress = (text: string) => isIP(text) !== 0 && !text.includes('%') && !isMapped(text);
  const funcs = [...strings, cel.celFunc('isIP', [STRING], BOOL, isAddress)];
  loaded = { cel, env: cel.celEnv({ funcs }) };
  return loaded;
}

/**
 * The tree of an expression. It is parsed once.
 *
 * @throws Error when the expression has no valid syntax
 */
export const parsed: (expression: string) => ReturnType<typeof parse> = memoize((expression) =>
  load().cel.parse(expression),
);

/** The functions that an expression calls and that are not known. */
export function unknownFunctions(expression: string): string[] {
  const { env } = load();
  const unknown = new Set<string>();
  // Operators with an evaluation of their own are in no list of functions.
  const operators = ['_[_]', '_?_:_', '_&&_', '_||_', '@not_strictly_false'];
  JSON.stringify(parsed(expression).expr, (key, value) => {
    const name = key === 'function' && typeof value === 'string' ? value : undefined;
    if (name !== undefined && !operators.includes(name) && env.funcs.find(name) === undefined) unknown.add(name);
    return typeof value === 'bigint' ? String(value) : value;
  });
  return [...unknown];
}

const programOf = memoize((expression): ((self: CelInput) => Outcome) => {
  const { cel, env } = load();
  const program = cel.plan(env, parsed(expression));
  return (self) => {
    const value = program({ self });
    return cel.isCelError(value) ? { error: value.message } : { value };
  };
});

/**
 * The outcome of a CEL expression for a value. An expression is compiled once.
 *
 * @throws Error when the expression has no valid syntax
 */
export const evaluate = (expression: string, self: CelInput): Outcome => programOf(expression)(self);
