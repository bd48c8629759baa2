import type { ScalarTag } from 'yaml';

/** The words that YAML 1.1 takes for something else than text. */
const WORDS = new Map<string, boolean | null | number>([
  ...words(true, 'y Y yes Yes YES true True TRUE on On ON'),
  ...words(false, 'n N no No NO false False FALSE off Off OFF'),
  ...words(null, '~ null Null NULL'),
  ...words(Number.NaN, '.nan .NaN .NAN'),
  ...words(Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...words(Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF'),
  ['', null],
]);

function words<T>(value: T, texts: string): [string, T][] {
  return texts.split(' ').map((text) => [text, value]);
}

const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const BASES = [16, 2, 8, 10];

/** The largest whole number that Kubernetes reads: an unsigned number of 64 bits. A larger one is a text, or a number with a fraction. */
const MAX_INTEGER = 2 ** 64;

function integerIn(text: string): number | undefined {
  const match = INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, ...forms] = match;
  const index = forms.findIndex((digits) => digits !== undefined);
  const value = Number.parseInt(forms[index] as string, BASES[index]);
  if (value >= MAX_INTEGER) return undefined;
  return sign === '-' ? 0 - value : value;
}

/** A number too large for 64 bits is text. */
function floatIn(text: string): number | undefined {
  const value = FLOAT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/**
 * The value of a scalar without quotes, as kubectl and the API server read it: as in YAML 1.1 (`yes` is true, `0755` is 493, `1_000` is
 * 1000), but times of day and dates are text. Source: sigs.k8s.io/yaml, goyaml.v2, resolve.go.
 */
export function plainValue(text: string): string | number | boolean | null {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;
  if (text.startsWith('.')) return floatIn(text) ?? text;
  const digits = text.replaceAll('_', '');
  return integerIn(digits) ?? floatIn(digits) ?? text;
}

/** Text that may be something else than text. The others need no look. */
const CANDIDATE = /^(?:[-+.\d].*|[yYnNtTfFoO][a-zA-Z]{0,4}|~|)$/s;

/** The value of a scalar on one line and without quotes. */
export const scalarValue = (text: string): unknown => (CANDIDATE.test(text) ? plainValue(text) : text);

const explicit = (name: string, resolve: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${name}`,
  resolve,
});

/** The tags for reading: scalars without quotes, and those with an explicit tag. */
export const PLAIN_TAGS: readonly ScalarTag[] = [
  { tag: 'tag:yaml.org,2002:plain', default: true, test: CANDIDATE, resolve: plainValue },
  ...['int', 'float', 'bool', 'null'].map((name) => explicit(name, plainValue)),
  explicit('timestamp', (text) => text),
  explicit('binary', (text) => Buffer.from(text, 'base64').toString('utf8')),
];
