import { imageSettingIn, withImage } from '../../../lib/config/image-edit';

const edited = (text: string, path: string, tag: string, digest?: string) =>
  withImage('environments/prod/shop.yaml', text, path.split('.'), { tag, digest });
const DIGEST = `sha256:${'0'.repeat(64)}`;
const OTHER = `sha256:${'f'.repeat(64)}`;

type Case = readonly [what: string, before: string, path: string, version: readonly [string, string?], after: string];

const CASES: readonly Case[] = [
  ['flow', 'a: { image: x, tag: v1 } # c\nb: 1\n', 'a', ['v2'], 'a: { image: x, tag: v2 } # c\nb: 1\n'],
  [
    'block',
    'a:\n  image: x\n  tag: v1   # c\n\n  size: 1\n',
    'a',
    ['v2'],
    'a:\n  image: x\n  tag: v2   # c\n\n  size: 1\n',
  ],
  ['double quotes', 'a: {tag: "v1",image: x}\n', 'a', ['v2'], 'a: {tag: "v2",image: x}\n'],
  ['single quotes', "a: { tag: 'v1' }\n", 'a', ['v2'], "a: { tag: 'v2' }\n"],
  ['quotes where a tag would be a number', 'a: { tag: v1 }\n', 'a', ['1.2'], 'a: { tag: "1.2" }\n'],
  ['deep', 's:\n  a: { tag: v1 }\n  b: { tag: v1 }\n', 's.b', ['v2'], 's:\n  a: { tag: v1 }\n  b: { tag: v2 }\n'],
  [
    'lines that end as on Windows',
    'a:\r\n  tag: v1\r\nb: 1\r\n',
    'a',
    ['v2', DIGEST],
    `a:\r\n  tag: v2\r\n  digest: ${DIGEST}\r\nb: 1\r\n`,
  ],
  ['no line end at the end', 'b: 1\na: { tag: v1 }', 'a', ['v2'], 'b: 1\na: { tag: v2 }'],
  [
    'many lines in braces',
    'a:\n  { image: x,\n    tag: v1, # c\n    size: 1 }\n',
    'a',
    ['v2'],
    'a:\n  { image: x,\n    tag: v2, # c\n    size: 1 }\n',
  ],

  [
    'a digest added, flow',
    'a: { image: x, tag: v1, size: 1 }\n',
    'a',
    ['v2', DIGEST],
    `a: { image: x, tag: v2, digest: ${DIGEST}, size: 1 }\n`,
  ],
  [
    'a digest added, block',
    'a:\n  tag: v1 # c\n  size: 1\n',
    'a',
    ['v2', DIGEST],
    `a:\n  tag: v2 # c\n  digest: ${DIGEST}\n  size: 1\n`,
  ],
  ['a digest for the same tag', 'a: { tag: v1 }\n', 'a', ['v1', DIGEST], `a: { tag: v1, digest: ${DIGEST} }\n`],
  [
    'a digest replaced',
    `a: { tag: v1, digest: ${OTHER} }\n`,
    'a',
    ['v2', DIGEST],
    `a: { tag: v2, digest: ${DIGEST} }\n`,
  ],
  ['a digest removed, flow', `a: { tag: v1, digest: ${OTHER}, size: 1 }\n`, 'a', ['v2'], 'a: { tag: v2, size: 1 }\n'],
  ['a digest removed, first', `a: { digest: ${OTHER}, tag: v1 }\n`, 'a', ['v2'], 'a: { tag: v2 }\n'],
  [
    'a digest removed, block',
    `a:\n  tag: v1\n  digest: ${OTHER}\n  size: 1\n`,
    'a',
    ['v2'],
    'a:\n  tag: v2\n  size: 1\n',
  ],
  ['a digest removed, block and first', `a:\n  digest: ${OTHER}\n  tag: v1\n`, 'a', ['v2'], 'a:\n  tag: v2\n'],

  ['a tag where the default stood, flow', 'a: { image: x }\n', 'a', ['v2'], 'a: { image: x, tag: v2 }\n'],
  [
    'a tag where the default stood, block',
    'a:\n  image: x # c\nb: 1\n',
    'a',
    ['v2', DIGEST],
    `a:\n  image: x # c\n  tag: v2\n  digest: ${DIGEST}\nb: 1\n`,
  ],
  ['an empty mapping', 'a: {}\n', 'a', ['v2'], 'a: { tag: v2 }\n'],
  ['no mapping', 'b: 1 # c\n# end\n', 'a', ['v2', DIGEST], `b: 1 # c\na: { tag: v2, digest: ${DIGEST} }\n# end\n`],
  ['no mapping, and no line end', 'b: 1', 'a', ['v2'], 'b: 1\na: { tag: v2 }\n'],
  ['no mapping within one', 's: { b: 1 }\n', 's.a', ['v2'], 's: { b: 1, a: { tag: v2 } }\n'],
  [
    'no mapping within a block',
    's:\n  b:\n    c: 1\nd: 1\n',
    's.a',
    ['v2'],
    's:\n  b:\n    c: 1\n  a: { tag: v2 }\nd: 1\n',
  ],
  ['no mapping at all levels', 'b: 1\n', 's.a', ['v2'], 'b: 1\ns: { a: { tag: v2 } }\n'],
];

test.each(CASES)('%s', (_, before, path, [tag, digest], after) => {
  expect(edited(before, path, tag, digest)).toBe(after);
});

test.each([
  [
    'an anchor that others count on',
    'a: { tag: &v v1 }\nb: { tag: *v }\n',
    'is shared with other settings by the anchor &v',
  ],
  ['an alias of a mapping', 'b: &b { tag: v1 }\na: *b\n', 'is an alias (*b) of another setting'],
])('what one line cannot change is refused: %s', (_, text, why) => {
  expect(() => edited(text, 'a', 'v2')).toThrow(
    `environments/prod/shop.yaml: a: ${why}; edit it by hand, and run npm run synth`,
  );
});

test('an alias of a tag becomes a tag of its own', () => {
  expect(edited('b: { tag: &v v1 }\na: { tag: *v }\n', 'a', 'v2')).toBe('b: { tag: &v v1 }\na: { tag: v2 }\n');
});

test('the present version is found with its position, and none in a file that cannot be read', () => {
  const found = imageSettingIn('f', Buffer.from(`a: { tag: v1, digest: ${DIGEST} }\n`), ['a']);
  expect(found).toEqual({ tag: 'v1', digest: DIGEST, position: { line: 1, column: 11 } });
  expect(imageSettingIn('f', Buffer.from('b: 1\n'), ['a'])).toMatchObject({ tag: undefined });
  expect(imageSettingIn('f', Buffer.from('a: {'), ['a'])).toBeUndefined();
});
