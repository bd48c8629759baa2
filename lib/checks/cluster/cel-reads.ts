import type { parse } from '@bufbuild/cel';

/** A part of a CEL expression. */
type Expr = ReturnType<typeof parse>['expr'];

/** What an expression reads of a value. Whether the value is there is always read. */
export interface Reads {
  /** All of it. */
  whole?: true;
  /** How many items or fields it has. */
  size?: true;
  /** What it reads of every item. */
  items?: Reads;
  /** By name, as it is in expressions and without escapes. */
  readonly fields: Map<string, Reads>;
}

type Scope = ReadonlyMap<string, Reads>;

const nothing = (): Reads => ({ fields: new Map() });

/** The names of a field whose name in expressions is escaped. Either may be meant, where a field is one of a map. */
const SIGNS: readonly (readonly [string, string])[] = [
  ['__dot__', '.'],
  ['__dash__', '-'],
  ['__slash__', '/'],
  ['__underscores__', '__'],
];
const unescaped = (name: string): string =>
  SIGNS.reduce((text, [written, sign]) => text.replaceAll(written, sign), name.replace(/^__([a-z]+)__$/, '$1'));

function field(reads: Reads, name: string): Reads {
  const known = reads.fields.get(name) ?? nothing();
  reads.fields.set(name, known).set(unescaped(name), known);
  return known;
}

function itemsOf(reads: Reads): Reads {
  reads.items ??= nothing();
  return reads.items;
}

/** What is read of the place that an expression names, such as `self.a[0].b`, or undefined where it names none. */
function placeOf({ exprKind }: Expr, scope: Scope): Reads | undefined {
  const { case: kind, value } = exprKind;
  if (kind === 'identExpr') return scope.get(value.name);
  if (kind === 'selectExpr' && !value.testOnly && value.operand) {
    const holder = placeOf(value.operand, scope);
    return holder && field(holder, value.field);
  }
  if (kind !== 'callExpr' || value.function !== '_[_]') return undefined;
  const [list, index] = value.args;
  if (list === undefined || index?.exprKind.case !== 'constExpr') return undefined;
  if (index.exprKind.value.constantKind.case !== 'int64Value') return undefined;
  const holder = placeOf(list, scope);
  return holder && itemsOf(holder);
}

/** Notes what an expression reads of the variables in its scope. Whatever is used otherwise than by its parts is read as a whole. */
function note(expr: Expr | undefined, scope: Scope): void {
  if (expr === undefined) return;
  const place = placeOf(expr, scope);
  if (place !== undefined) {
    place.whole = true;
    return;
  }
  const all = (...some: readonly (Expr | undefined)[]) => {
    for (const one of some) note(one, scope);
  };
  const { case: kind, value } = expr.exprKind;
  if (kind === 'selectExpr') {
    const holder = value.operand && value.testOnly ? placeOf(value.operand, scope) : undefined;
    if (holder === undefined) all(value.operand);
    else field(holder, value.field);
  } else if (kind === 'callExpr') {
    const [of, ...others] = value.target ? [value.target, ...value.args] : value.args;
    const sized = value.function === 'size' && others.length === 0 && of ? placeOf(of, scope) : undefined;
    if (sized === undefined) all(of, ...others);
    else sized.size = true;
  } else if (kind === 'listExpr') all(...value.elements);
  else if (kind === 'structExpr') {
    for (const { keyKind, value: content } of value.entries)
      all(keyKind.case === 'mapKey' ? keyKind.value : undefined, content);
  } else if (kind === 'comprehensionExpr') {
    const { iterRange, iterVar, iterVar2, accuVar, accuInit, loopCondition, loopStep, result } = value;
    const list = iterRange && iterVar2 === '' ? placeOf(iterRange, scope) : undefined;
    if (list === undefined) all(iterRange);
    all(accuInit);
    const inner = new Map(scope);
    for (const name of [accuVar, iterVar, iterVar2]) inner.delete(name);
    note(result, inner);
    if (list !== undefined) inner.set(iterVar, itemsOf(list));
    note(loopCondition, inner);
    note(loopStep, inner);
  }
}

/** What some expressions read of `self`. */
export function readsOf(expressions: readonly Expr[]): Reads {
  const self = nothing();
  for (const expr of expressions) note(expr, new Map([['self', self]]));
  return self;
}

/** What is read of a value, and no more: expressions have the same results for values of which this is the same. */
export function partRead(reads: Reads, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const { whole, size, items, fields } = reads;
  if (!whole && !size && items === undefined && fields.size === 0) return 0; // only whether it is there
  if (whole || typeof value !== 'object') return typeof value === 'bigint' ? [`${value}`] : value;
  if (Array.isArray(value)) {
    if (items === undefined) return fields.size > 0 ? value : value.length;
    return value.map((item) => partRead(items, item));
  }
  if (items !== undefined || value instanceof Date) return value; // a loop over a map reads its keys
  const part: unknown[] = [size ? Object.keys(value).length : 0];
  for (const [name, read] of fields) {
    part.push(
      partRead(read, Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined),
    );
  }
  return part;
}
