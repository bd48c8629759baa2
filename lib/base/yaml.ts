import { Document, type ScalarTag, visit } from 'yaml';
import { memoize } from './memoize';

/** What Kubernetes reads as no text beside YAML 1.1, so that text of this form needs quotes: `0o17`, `0B1`, `-_1`, and the key of merges. */
const FURTHER_FORMS: ScalarTag = {
  tag: 'tag:yaml.org,2002:further-form',
  default: true,
  test: /^<<$|^[-+]?_*0_*(?:[xX][\da-fA-F_]+|[oO][0-7_]+|[bB][01_]+)$|^[-+]_+\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?[\d_]+)?$|^[-+]?\d[\d_]*(?:\.[\d_]*)?[eE][-+]?\d*_[\d_]*$/,
  resolve: (text) => text,
};

/** The tag of the key "<<", which is printed as text. */
const MERGE = 'tag:yaml.org,2002:merge';

/** Signs that kubectl refuses in YAML, or takes for the end of a line: they are escaped. */
const REFUSED = '\\x7f-\\x9f\\u2028\\u2029\\ufffe\\uffff';
const ALL_REFUSED = new RegExp(`[${REFUSED}]`, 'g');

/**
 * Text that needs quotes and escapes: of spaces and line ends only, since in a block its spaces would be taken for indentation; that
 * begins with a tab; or with signs that are refused.
 */
const ESCAPED = new RegExp(`^[ \\t\\r\\n]*[ \\t][ \\t\\r\\n]*$|^[ \\r\\n]*\\t|[${REFUSED}]`);
/** JSON that may hold such a text. */
const MAY_BE_ESCAPED = new RegExp(`"(?: |\\\\[nrt])*\\\\[nt]|[${REFUSED}]`);

function escapeTexts(document: Document): void {
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && ESCAPED.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
}

/** What tells text from other scalars. Made once: it takes longer than to print an object. */
const { schema } = new Document(null, {
  version: '1.1',
  schema: 'yaml-1.1',
  customTags: (tags) => [...tags.filter((tag) => typeof tag === 'string' || tag.tag !== MERGE), FURTHER_FORMS],
});

/** The text of a JSON value as the YAML library prints it, without the last line end. */
export const byLibrary = memoize((content) => {
  const document = new Document(JSON.parse(content), { version: '1.1', schema, aliasDuplicateObjects: false });
  if (MAY_BE_ESCAPED.test(content)) escapeTexts(document);
  const text = document.toString({ lineWidth: 0, directives: false }).slice(0, -1);
  return text.replace(ALL_REFUSED, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
});

/** Text that begins with a letter or a slash, is of one line of ASCII, and has no sign that means something in YAML. The library quotes `e1` as well. */
const PLAIN = /^(?![eE][-+\d])[A-Za-z/](?:[!-9;-~]|:(?=[!-~])| (?=[!-"$-~ ]))*$/;
/** Words of this form that YAML 1.1 takes for a boolean or nothing. */
const WORD = /^(?:y|n|yes|no|true|false|on|off|null)$/i;

const isPlain = (text: string) => PLAIN.test(text) && (text.length > 5 || !WORD.test(text));

/** Moves all lines but the first one from an indentation of two spaces. Empty lines have none. */
const indented = (text: string, indent: string) =>
  text.includes('\n') ? text.replaceAll('\n  ', `\n${indent}`) : text;

/** Text of one line of ASCII that begins with a sign that means something, and has nothing to escape: it gets double quotes. */
const QUOTED = /^[[\]{},&*!|>%@`#][ !#-&(-[\]-~]*$/;

/** A scalar, or an empty collection, whose further lines have an indentation. */
function scalar(value: unknown, indent: string): string {
  if (typeof value === 'string') {
    if (isPlain(value)) return value;
    if (QUOTED.test(value)) return `"${value}"`;
  }
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  return indented(byLibrary(JSON.stringify({ a: value })).slice('a: '.length), indent);
}

/** Whether a value is a list or mapping that is not empty. */
function isCollection(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  for (const key of Object.keys(value)) if ((value as Record<string, unknown>)[key] !== undefined) return true;
  return false;
}

/** A key of several lines or over 1,024 characters, which gets a sign and lines of its own, or one that the library quotes at the top alone. */
const isOdd = (key: string) => JSON.stringify(key).length > 1000 || /\n|^(?:%|---|\.\.\.)/.test(key);

/** A key, as the library prints it, with its colon. Undefined for an odd one. */
const keyOf = memoize((key): string | undefined => {
  if (isOdd(key)) return undefined;
  return isPlain(key) ? `${key}:` : byLibrary(JSON.stringify({ [key]: 0 })).slice(0, -' 0'.length);
});

function oddProperty(key: string, value: unknown, indent: string): string {
  if (indent === '') return byLibrary(JSON.stringify({ [key]: value }));
  return indented(byLibrary(JSON.stringify({ a: { [key]: value } })).slice('a:\n  '.length), indent);
}

/** Adds the parts of a list or mapping with an indentation, which its first line has already. One list of parts is joined once. */
function addCollection(parts: string[], value: object, indent: string): void {
  const deeper = `${indent}  `;
  let separator = '';
  const add = (start: string, child: unknown, lineEnd: string) => {
    parts.push(separator, start);
    separator = `\n${indent}`;
    if (!isCollection(child)) return void parts.push(' ', scalar(child, deeper));
    parts.push(lineEnd);
    addCollection(parts, child, deeper);
  };
  if (Array.isArray(value)) {
    for (const item of value) add('-', item ?? null, ' ');
    return;
  }
  const lineEnd = `\n${deeper}`;
  for (const name of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[name];
    if (child === undefined) continue;
    const key = keyOf(name);
    if (key !== undefined) add(key, child, lineEnd);
    else {
      parts.push(separator, oddProperty(name, child, indent));
      separator = `\n${indent}`;
    }
  }
}

/**
 * Plain data as YAML. Quoting follows YAML 1.1, because Kubernetes reads "on" and "1e3" as 1.1 does. The bytes are those of the YAML
 * library, which prints what may need quotes.
 *
 * @param before text before it
 */
export function yamlOf(value: unknown, before = ''): string {
  const parts = [before];
  if (isCollection(value)) addCollection(parts, value, '');
  else parts.push(byLibrary(JSON.stringify(value)));
  parts.push('\n');
  return parts.join('');
}
