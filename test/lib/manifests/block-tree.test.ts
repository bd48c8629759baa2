import { isMap, isScalar, isSeq, type Node, parseAllDocuments } from 'yaml';
import { blockTree } from '../../../lib/manifests/block-tree';
import { PLAIN_TAGS } from '../../../lib/manifests/scalars';

/** A tree as text: values, and the places that are told. The place of nothing is never told, only that of its key. */
function shown(node: unknown): unknown {
  const [start] = (node as Node | null)?.range ?? [];
  if (isScalar(node)) return node.value === null ? ['nothing'] : [start, node.value, node.type === 'PLAIN'];
  if (isMap(node)) return [start, 'map', node.items.map(({ key, value }) => [shown(key), shown(value)])];
  return isSeq(node) ? [start, 'list', node.items.map(shown)] : node;
}

/** What the library reads, or its error. */
function byLibrary(text: string): unknown {
  const options = { prettyErrors: false, schema: 'failsafe' as const, customTags: [...PLAIN_TAGS], merge: true };
  const documents = parseAllDocuments(text, { ...options, uniqueKeys: false });
  const [document, ...others] = Array.isArray(documents) ? documents : [];
  return document?.errors[0]?.message ?? [shown(document?.contents), ...others.map(() => 'another')];
}

const USUAL = [
  'a: b\nc:\n  d: 1\n  e:\n  - x\n  - y: 1\n    z: 2\n  f: |\n    line 1\n      line 2\n\n    line 3\n  g: "q" # why\n',
  "apiVersion: v1\nmetadata:\n  labels:\n    a/b: 'c'\nspec:\n  items:\n    - name: a\n      v: {}\n    - []\n    - |-\n      t\n  # why\n  last:\n",
  '---\n- a\n- b: http://c:80/#d\n-  d: -1\n   f: yes\n',
  '--- \n\n# first\nkeys:\n    yes: 0755\n    "no": ~\n    1: 1_000\n    e: é\n\n    none:\n    # last\n',
  'a: |+\n  kept\n\n\nb: |\n  one\n   \n\nc: d',
];

test.each(USUAL)('what is usual is read as the library reads it (%#)', (text) => {
  const tree = blockTree(text);
  expect(tree).toBeDefined();
  expect([shown(tree)]).toEqual(byLibrary(text));
});

test.each([
  ['an alias', 'a: &x 1\nb: *x\n'],
  ['a tag', 'a: !!str 1\n'],
  ['flow style', 'a: { b: c }\n'],
  ['an escape', 'a: "\\n"\n'],
  ['a folded scalar', 'a: >\n  b\n'],
  ['a scalar of two lines', 'a: b\n  c\n'],
  ['a merge', 'a:\n  <<: *x\n'],
  ['a tab', 'a:\tb\n'],
  ['the line ends of Windows', 'a: b\r\nc: d\r\n'],
  ['a mistake of indentation', 'a:\n    b: c\n  d: e\n'],
  ['a mapping in a scalar', 'a: b: c\n'],
  ['text after a quote', 'a: "b" c\n'],
  ['a list in a list', '- - a\n'],
  ['a literal that is indented less than its empty lines', 'a: |\n    \n  b\n'],
  ['a scalar alone', 'text\n'],
  ['the end of a document', 'a: b\n...\n'],
])('%s is left to the library', (_, text) => {
  expect(blockTree(text)).toBeUndefined();
});

const PIECES = [
  ...[
    ' ',
    '  ',
    '\n',
    '\n\n',
    '- ',
    '-',
    'a: ',
    ': ',
    ':',
    '#',
    ' #',
    '# c\n',
    '"',
    "'",
    '|',
    '|-\n',
    '|+\n',
    '>\n',
    '{}',
    '[]',
  ],
  ...[
    '{ a: b }',
    '&a ',
    '*a',
    '!x ',
    '? ',
    'yes',
    '0755',
    '~',
    'null',
    '.5',
    '-1',
    '...',
    '%',
    '@',
    '`',
    ',',
    '\\',
    '\u00e9',
    '=',
  ],
  ...[
    '<<: ',
    '"a": ',
    "'b': ",
    'a b: ',
    "''",
    '""',
    '- - ',
    'x:y',
    'http://a',
    '  \n',
    'a\n',
    '\u{1f600}',
    '\ufeff',
    '\u0085',
  ],
];

/** Numbers from 0 to below a bound, the same in every run. */
function numbers(): (below: number) => number {
  let state = 7;
  return (below) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

test('whatever else is read at all is read as the library reads it', () => {
  const random = numbers();
  let read = 0;
  for (let count = 0; count < 4000; count++) {
    let text = USUAL[random(USUAL.length)] as string;
    for (let changes = random(3) + 1; changes > 0; changes--) {
      const at = random(text.length + 1);
      text = text.slice(0, at) + PIECES[random(PIECES.length)] + text.slice(at + random(4));
    }
    const tree = /\n---/.test(text) ? undefined : blockTree(text);
    if (tree === undefined) continue;
    read++;
    expect({ text, tree: [shown(tree)] }).toEqual({ text, tree: byLibrary(text) });
  }
  expect(read).toBeGreaterThan(300);
});
