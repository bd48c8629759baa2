import { byLibrary, yamlOf } from '../../../lib/base/yaml';
import { print } from '../../../lib/manifests/print';
import { readText } from '../../../lib/manifests/read-text';
import { plainValue } from '../../../lib/manifests/scalars';
import type { Any } from '../../support';

/** Text that a reader of YAML could take for something else: words, numbers, signs, and what begins or ends like syntax. */
const WORDS =
  `y Y yes Yes YES n N no No NO true True TRUE false False FALSE on On ON off Off OFF null Null NULL ~ .nan .NaN .inf -.Inf
+.INF 0 -0 +0 1 -1 +1 00 07 08 0755 0o17 0O17 -0o7 0x1F 0XaB -0x1 0b11 0B1 -0b1 1_000 0_7 1__0 _1 1_ 0x_1 1. .5 -.5 +.5 1.5 1e3 1E-3 1.e3 .5e3
1e 1e+ 1e999 0.1.2 12:30 12:30:45 1:2 190:20:30.15 2001-12-14 2001-12-14T21:59:43Z 2001-12-14t21:59:43.10-05:00 << = ! !!str & * & &a *a
| > % @ \` # #a a#b - -- --- -a ... . .. ? ?a : :a a: :: [ ] { } [a] {a} , a,b ' '' " "" 'a' "a" \\ \\/ a\\/b \\n \\x41 / // %a $ ^ 0. 0.0 -0.0 1.0 1e1
9007199254740993 18446744073709551615 18446744073709551616 0xFFFFFFFFFFFFFFFFFF 1_0.5 +-1 --1 +.5e1 0e0 0x 0b 0o 0b2 0o8 +0o7 - + 1e5_0 593e0_ 1e_5 1.5e1_ +1e1_`.split(
    /\s+/,
  );

const SPACED = [
  '',
  ' ',
  '  ',
  'a ',
  ' a',
  'a  b',
  '\t',
  'a\tb',
  '\ta',
  '\tserver {\n}\n',
  '\n\ta\nb',
  'a\u2028b\nc',
  '\u0001'.repeat(400),
  'a: b',
  'a #b',
  '- a',
  '? a',
  ': a',
  'a :',
  '{ a: b }',
];
const LINES = [
  '\n',
  '\n\n',
  'a\n',
  'a\n\n',
  '\na',
  'a\nb',
  ' a\nb',
  'a\n b\n',
  'a\n\nb\n\n',
  '- a\n- b',
  '---\na',
  'a\n---\nb',
  '#a\nb',
  'a\r\nb',
  '\r',
];
const LETTERS = [
  'é',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\u0000',
  '\u0007',
  '\u001b',
  '\u007f',
  '😀',
  '\ud7ff',
  '\ufffd',
  '\ufffe',
  '\u0080',
];
const LONG = [
  'a '.repeat(200),
  'word '.repeat(50).trim(),
  'x'.repeat(3000),
  `${'long line '.repeat(20)}\n${'b '.repeat(100)}`,
];

/** All texts of at most three signs that have a meaning somewhere in YAML. */
function* shortTexts(): Generator<string> {
  const signs = [...'0189_.-+:eExobnyYN~<=#&*!|>%@`\'"{}[],?\\/ \n\ta'];
  for (const one of signs) for (const two of signs) yield one + two;
  for (const one of '01-+.')
    for (const two of '_.xob:eE0-1') for (const three of '017_.:Eeb-+') yield one + two + three;
}

const TEXTS = [...new Set([...WORDS, ...SPACED, ...LINES, ...LETTERS, ...LONG, ...shortTexts()])];

function readBack(text: string): Any {
  const [read] = readText(text, 'a.yaml');
  if (read?.object === undefined) throw new Error(JSON.stringify(read));
  return read.object.object;
}

const around = (fields: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, ...fields });

test('what is printed is read again as it was, for every text that a reader could misread, at every place', () => {
  const wrong = TEXTS.filter((text) => {
    const object = around({
      value: text,
      data: { [text]: text },
      list: [text, [text], { a: text }],
      nested: { a: [{ [text]: [text] }] },
    });
    try {
      return JSON.stringify(readBack(print(object))) !== JSON.stringify(object);
    } catch {
      return true;
    }
  });
  expect(TEXTS.length).toBeGreaterThan(1500);
  expect(wrong).toEqual([]);
});

/** Random numbers from 0 up to 1, the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A random value of plain data, with some of the texts as keys and values. */
function randomValue(random: () => number, depth: number): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const size = Math.floor(random() * 4);
  const kind = random() * (depth > 0 ? 10 : 5);
  if (kind < 3) return pick(TEXTS);
  if (kind < 4)
    return String.fromCharCode(
      ...Array.from({ length: size * 4 }, () => pick([9, 10, 32, 35, 45, 58, 97, 233, 0xd800])),
    );
  if (kind < 5) return pick([0, -0, 7, -12, 0.5, 1e21, 1e-7, 2 ** 53, true, false, null, [], {}]);
  if (kind < 7) return Array.from({ length: size }, () => randomValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [random() < 0.7 ? pick(WORDS) : pick(TEXTS), randomValue(random, depth - 1)]),
  );
}

test('the bytes are those of the YAML library, for each text and for random data', () => {
  const random = randomNumbers(7);
  const values = [
    ...TEXTS.map((text) => ({ a: text, [text]: [text, [text], { [text]: text }] })),
    ...Array.from({ length: 3000 }, () => randomValue(random, 5)),
  ];
  expect(values.filter((value) => yamlOf(value) !== `${byLibrary(JSON.stringify(value))}\n`)).toEqual([]);
});

test('a property without a value is left out, and an item without one is nothing', () => {
  expect(print({ a: undefined, b: [undefined, 1], c: { d: undefined } })).toBe('---\nb:\n  - null\n  - 1\nc: {}\n');
});

test('numbers, booleans and nothing are read again as they were', () => {
  const values = [
    0,
    1,
    -1,
    0.5,
    -0.25,
    1e21,
    1e-7,
    1.5e300,
    2 ** 53,
    -(2 ** 53),
    true,
    false,
    null,
    [],
    {},
    [[]],
    [{}],
    [null],
  ];
  for (const value of values)
    expect(readBack(print(around({ value, list: [value] })))).toEqual(around({ value, list: [value] }));
});

test('what kubectl refuses, or takes for something else, is quoted or escaped', () => {
  for (const text of ['1e5_0', '+1e1_', '\tserver {\n}\n', 'a\u2028b', '\u0085', '\u007f', '\ufffe'])
    expect(print({ a: text })).toMatch(/^---\na: "[ -~\n]*"\n$/);
});

test('a text that is printed without quotes is text for kubectl, too', () => {
  const plain = TEXTS.filter((text) => print({ a: text }) === `---\na: ${text}\n`);
  expect(plain.length).toBeGreaterThan(20);
  expect(plain.filter((text) => plainValue(text) !== text)).toEqual([]);
});
