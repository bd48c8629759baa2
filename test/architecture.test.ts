import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from '@swc/core';
import { OTHERS, PAGES } from './docs/pages';
import { type Any, ROOT } from './support';

/** Source files by their paths in the project. */
type Sources = ReadonlyMap<string, string>;

/** One row of the table of ARCHITECTURE.md. */
interface Room {
  /** A path, in which `<…>` matches any single name. */
  readonly path: string;
  /** Paths that it may import, or "all". */
  readonly imports: readonly string[] | 'all';
}

const CDK8S = ['cdk8s', 'cdk8s-plus-28', 'constructs'];

function roomsIn(document: string): Room[] {
  const rows = document.split('\n').flatMap((line) => {
    const [, path, , imports] = /^\| `([^`]+)` \| (.*) \| (.*) \|$/.exec(line) ?? [];
    return path === undefined || imports === undefined ? [] : [{ path, imports }];
  });
  return rows.map(({ path, imports }) => ({
    path: path.replace(/\.ts$/, ''),
    imports: imports === 'all' ? 'all' : [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
  }));
}

/** How well a path matches a room: the number of names, less where one of them is a placeholder; 0 for no match. */
function matchOf(room: string, path: string): number {
  const names = path.split('/');
  const parts = room.split('/');
  if (!parts.every((part, index) => part === names[index] || (part.startsWith('<') && names[index] !== undefined)))
    return 0;
  return parts.length - (room.includes('<') ? 0.5 : 0);
}

function roomOf(path: string, rooms: readonly Room[]): Room | undefined {
  const [best] = rooms.map((room) => ({ room, match: matchOf(room.path, path) })).sort((a, b) => b.match - a.match);
  return best !== undefined && best.match > 0 ? best.room : undefined;
}

/** The folder of a room for one path: `charts/<system>` becomes `charts/salient`. */
function placeOf({ path: room }: Room, path: string): string {
  return path.split('/').slice(0, room.split('/').length).join('/');
}

/** All nodes below a node of a syntax tree. */
function* nodes(value: Any): Generator<Any> {
  if (typeof value !== 'object' || value === null) return;
  if (typeof value.type === 'string') yield value;
  for (const child of Object.values(value)) yield* nodes(child);
}

const trees = new Map<string, Any[]>();

/** All nodes of a file's syntax tree. */
function nodesOf(text: string): Any[] {
  const known = trees.get(text) ?? [...nodes(parseSync(text, { syntax: 'typescript', target: 'es2022' }))];
  trees.set(text, known);
  return known;
}

/** The modules that a file imports in any form, types included. */
function importsOf(text: string): string[] {
  return nodesOf(text).flatMap((node) => {
    const named = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration'].includes(node.type);
    if (named) return node.source?.value ?? [];
    if (node.type === 'TsImportType') return node.argument.value;
    const called = node.type === 'CallExpression' && (node.callee.type === 'Import' || node.callee.value === 'require');
    const [argument] = called ? node.arguments : [];
    return argument?.expression.type === 'StringLiteral' ? argument.expression.value : [];
  });
}

/** The file of the project that an import resolves to, or undefined for a package or a text. */
function fileOf(from: string, module: string, sources: Sources): string | undefined {
  if (!module.startsWith('.')) return undefined;
  const path = normalize(join(dirname(from), module));
  return [`${path}.ts`, `${path}/index.ts`].find((file) => sources.has(file));
}

/** The target of an import in terms of the table: a path of the project, cdk8s, or undefined for any other package. */
function targetOf(from: string, module: string, sources: Sources): string | undefined {
  if (!module.startsWith('.')) return CDK8S.includes(module) ? 'cdk8s' : undefined;
  return (fileOf(from, module, sources) ?? normalize(join(dirname(from), module))).replace(/\.ts$/, '');
}

/** Imports that the table does not allow. */
function trespasses(sources: Sources, rooms: readonly Room[]): string[] {
  return [...sources].flatMap(([file, text]) => {
    const path = file.replace(/\.ts$/, '');
    const room = roomOf(path, rooms);
    if (room === undefined) return [`${file} is in no room of ARCHITECTURE.md`];
    if (room.imports === 'all') return [];
    const allowed = [placeOf(room, path), ...room.imports];
    return importsOf(text).flatMap((module) => {
      const target = targetOf(file, module, sources);
      const isAllowed = target === undefined || allowed.some((one) => target === one || target.startsWith(`${one}/`));
      return isAllowed
        ? []
        : [`${file} may not import ${target}: ${room.path} may import ${allowed.slice(1).join(', ') || 'nothing'}`];
    });
  });
}

/** The files of each import cycle, at most one cycle for each file. */
function circles(sources: Sources): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]) => {
    const before = way.indexOf(file);
    if (before >= 0) found.add([...way.slice(before), file].join(' → '));
    if (before >= 0 || done.has(file)) return;
    for (const module of importsOf(sources.get(file) as string)) {
      const target = fileOf(file, module, sources);
      if (target !== undefined) visit(target, [...way, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return [...found];
}

const MOST_LINES = 250;
const MOST_LINES_OF_A_FUNCTION = 60;

const lines = (text: string) => text.trimEnd().split('\n').length;

/** Shell functions, by their names: as shfmt has them, they end where a line begins with a brace. */
function shellFunctionsIn(text: string): { readonly name: string; readonly lines: number }[] {
  return [...text.matchAll(/^(\w+)\(\) \{\n[\s\S]*?^\}/gm)].map(([body, name]) => ({
    name: name as string,
    lines: lines(body),
  }));
}

/** Functions with a body, by their names. */
function functionsIn(text: string): { readonly name: string; readonly lines: number }[] {
  const bytes = Buffer.from(text);
  const named = (node: Any, name: string) => ({
    name,
    lines: lines(bytes.subarray(node.span.start - 1, node.span.end - 1).toString()),
  });
  return nodesOf(text).flatMap((node) => {
    if (node.type === 'FunctionDeclaration') return named(node, node.identifier.value);
    if (node.type === 'ClassMethod') return named(node.function, node.key.value);
    if (node.type === 'Constructor') return named(node, 'constructor');
    const isFunction = ['ArrowFunctionExpression', 'FunctionExpression'].includes(node.init?.type);
    return node.type === 'VariableDeclarator' && isFunction ? named(node.init, node.id.value) : [];
  });
}

/** Files and functions that are too long, with their numbers of lines. */
function longOnes(sources: Sources): Map<string, number> {
  const all = [...sources].flatMap(([file, text]): [string, number][] => {
    const all = file.endsWith('.sh') ? shellFunctionsIn(text) : functionsIn(text);
    const functions = all.filter((one) => one.lines > MOST_LINES_OF_A_FUNCTION);
    return [
      ...(lines(text) > MOST_LINES ? [[file, lines(text)] as [string, number]] : []),
      ...functions.map((one): [string, number] => [`${file}: ${one.name}`, one.lines]),
    ];
  });
  return new Map(all);
}

/** The files of these entries that end so. */
function filesIn(entries: readonly string[], ending: string): Sources {
  const files = entries.flatMap((entry) =>
    entry.endsWith('.ts')
      ? entry
      : readdirSync(join(ROOT, entry), { recursive: true, encoding: 'utf8' }).map((file) => `${entry}/${file}`),
  );
  return new Map(
    files.filter((file) => file.endsWith(ending)).map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
  );
}

const SOURCES: Sources = new Map(
  [
    ...filesIn(['main.ts', 'bench', 'charts', 'commands', 'docs', 'imports', 'lib', 'tools'], '.ts'),
    ...filesIn(['docs'], '.mts'),
  ].filter(([file]) => !file.endsWith('.d.ts')),
);
/** What runs in pods. */
const SCRIPTS: Sources = filesIn(['lib/parts'], '.sh');
const DOCUMENT = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
const ROOMS = roomsIn(DOCUMENT);
const OURS: Sources = new Map([...SOURCES].filter(([file]) => !file.startsWith('imports/')));
/** The sources that this repository comes with: systems that users add need not follow its style. */
const STYLED: Sources = new Map(
  [...OURS].filter(
    ([file]) => !file.startsWith('charts/') || /^charts\/(index|argocd|ephitup|platform|pliers|salient)\b/.test(file),
  ),
);

test('each file imports what the table of ARCHITECTURE.md allows, types included', () => {
  expect(ROOMS.length).toBeGreaterThan(15);
  expect(trespasses(SOURCES, ROOMS)).toEqual([]);
});

test('there are no import cycles, types included', () => {
  expect(circles(OURS)).toEqual([]);
});

test('no file has more than 250 lines and no function more than 60', () => {
  expect(SCRIPTS.size).toBeGreaterThan(20);
  expect(Object.fromEntries(longOnes(new Map([...STYLED, ...SCRIPTS])))).toEqual({});
});

/** Private words for which the field has a usual term. */
const PRIVATE_WORDS = new RegExp(
  `\\b(${[
    'rungs?|rings|ringing|in the clothes of|the office|nobody gets in',
    'nobody (minds|counts|watches|insists|gets in|is told)|somebody|whoever|what people|said nevertheless',
    'taken? for given|what (came|comes) of|more than words|holds? together|comes? into being',
  ].join('|')})\\b`,
  'i',
);

test('code and documents use the terms of the field', () => {
  const documents = [...PAGES, ...OTHERS].map(({ file, text }): [string, string] => [file, text]);
  const found = [...STYLED, ...SCRIPTS, ...documents].flatMap(([file, text]) =>
    text
      .split('\n')
      .flatMap((line, index) => (PRIVATE_WORDS.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

test('main.ts is one screen', () => {
  expect(lines(SOURCES.get('main.ts') as string)).toBeLessThanOrEqual(60);
});

test('every room of ARCHITECTURE.md exists', () => {
  const fixed = ROOMS.map(({ path }) => path).filter((path) => !path.includes('<'));
  expect(fixed.filter((path) => ![path, `${path}.ts`].some((one) => existsSync(join(ROOT, one))))).toEqual([]);
});

describe('the helpers of these tests', () => {
  const rooms = roomsIn(
    '| `a` | x | `b`, `cdk8s` |\n| `b` | x | – |\n| `c/<one>` | x | `a` |\n| `c/own` | x | – |\n| `main.ts` | x | all |',
  );
  const found = (files: Record<string, string>) =>
    trespasses(
      new Map(Object.entries({ 'a/x.ts': '', 'b/x.ts': '', 'c/d/y.ts': '', 'c/own/y.ts': '', ...files })),
      rooms,
    );

  test.each([
    ['a value', "import { x } from '../b/x';"],
    ['a type', "import type { X } from '../b/x';"],
    ['an inline type', "const x: import('../b/x').X = 1;"],
    ['a re-export', "export { x } from '../b/x';"],
    ['a namespace re-export', "export * from '../b/x';"],
    ['a dynamic import', "const x = await import('../b/x');"],
    ['a require', "const x = require('../b/x');"],
    ['a text', "import x from '../b/x.sh';"],
  ])('an import by %s is found', (_, text) => {
    expect(found({ 'a/x.ts': text })).toEqual([]);
    expect(found({ 'b/x.ts': text.replace('../b', '../a') })).toEqual([
      expect.stringMatching(/^b\/x\.ts may not import a\/x(\.sh)?: b may import nothing$/),
    ]);
  });

  test('packages of cdk8s, rooms inside rooms, and files of no room', () => {
    expect(found({ 'a/x.ts': "import 'constructs';" })).toEqual([]);
    expect(found({ 'b/x.ts': "import { App } from 'cdk8s';" })).toEqual([
      'b/x.ts may not import cdk8s: b may import nothing',
    ]);
    expect(found({ 'c/d/y.ts': "import '../../a/x';" })).toEqual([]);
    expect(found({ 'c/d/y.ts': "import '../own/y';" })).toEqual([
      'c/d/y.ts may not import c/own/y: c/<one> may import a',
    ]);
    expect(found({ 'c/own/y.ts': "import '../../a/x';" })).toEqual([
      'c/own/y.ts may not import a/x: c/own may import nothing',
    ]);
    expect(found({ 'z/x.ts': '', 'main.ts': "import './b/x';" })).toEqual(['z/x.ts is in no room of ARCHITECTURE.md']);
  });

  test('a cycle of type imports is found', () => {
    const sources = new Map([
      ['a.ts', "import type { B } from './b';"],
      ['b.ts', "import { c } from './c';"],
      ['c.ts', "import './a';"],
    ]);
    expect(circles(sources)).toEqual(['a.ts → b.ts → c.ts → a.ts']);
  });

  test('long files, functions and methods are found', () => {
    const long = (open: string) => `${open}\n${'  x;\n'.repeat(60)}}`;
    const sources = new Map([
      ['a.ts', long('const é = 1;\nexport function f() {')],
      ['b.ts', long('const g = () => {')],
      ['c.ts', `class C {\n${long('  m() {')}\n}`],
      ['d.ts', 'x;\n'.repeat(251)],
      ['e.ts', long('function h() {').replace('  x;\n  x;\n', '')],
      ['f.sh', `k() { x; }\nl() {\n  x\n}\n${long('m() {')}`],
    ]);
    expect([...longOnes(sources)]).toEqual([
      ['a.ts: f', 62],
      ['b.ts: g', 62],
      ['c.ts: m', 62],
      ['d.ts', 251],
      ['f.sh: m', 62],
    ]);
  });
});
