/** Marks in a text, from the private use area of Unicode, around the name of a variable that has no value. */
const OPEN = '\uE000';
const CLOSE = '\uE001';

/** A variable without a value, where a text has it. */
const MISSING = new RegExp(`${OPEN}(\\w+)${CLOSE}`, 'g');

/** The variables without a value in a text. */
export function missingIn(text: string): string[] {
  return [...text.matchAll(MISSING)].map(([, name]) => name as string);
}

/** Whether a text is nothing but a variable without a value. */
export function isMissing(text: string): boolean {
  return new RegExp(`^${OPEN}\\w+${CLOSE}$`).test(text);
}

/** A text as people read it: `${NAME}` for a variable without a value. */
export function shown(text: string): string {
  return text.replace(MISSING, '$${$1}');
}

/** The end of `${…}`, whose default may have variables too. */
function endOf(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function valueIn(body: string, variables: Readonly<Record<string, string>>): string | undefined {
  const [, name, operator, rest = ''] = /^(\w+)(?:(:?[-?+])([\s\S]*))?$/.exec(body) ?? [];
  if (name === undefined) return undefined;
  const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
  const known = operator?.startsWith(':') && given === '' ? undefined : given;
  if (operator?.endsWith('+')) return known === undefined ? '' : interpolate(rest, variables);
  if (known !== undefined) return known;
  return operator?.endsWith('-') ? interpolate(rest, variables) : `${OPEN}${name}${CLOSE}`;
}

/**
 * Replaces variables in a text of a compose file: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`, `${NAME:?error}`; `$$` is a dollar.
 *
 * @returns the text, with marks where a variable has neither a value nor a default: see `missingIn`
 */
export function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const [name] = /^\$[A-Za-z_]\w*/.exec(text.slice(at)) ?? [];
    const end = text.startsWith('${', at) ? endOf(text, at + 1) : -1;
    const value = end < 0 ? undefined : valueIn(text.slice(at + 2, end), variables);
    if (text.startsWith('$$', at)) {
      result += '$';
      at += 1;
    } else if (value !== undefined) {
      result += value;
      at = end;
    } else if (name !== undefined) {
      result += valueIn(name.slice(1), variables);
      at += name.length - 1;
    } else {
      result += text[at];
    }
  }
  return result;
}

/** Replaces variables in all texts of a value. */
export function interpolateAll(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((one) => interpolateAll(one, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, interpolateAll(one, variables)]));
}

/** The variables of a file such as `.env`: `NAME=value`, with or without `export` and quotes. */
export function dotenv(text: string, variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, given = ''] = /^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const [, quote, quoted] = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(given) ?? [];
    const plain = quoted ?? given.replace(/(^|\s+)#.*$/, '');
    found[name] = quote === "'" ? plain : interpolate(plain, { ...variables, ...found });
  }
  return found;
}
