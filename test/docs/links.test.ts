import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from '../support';
import { OTHERS, PAGES, type Page } from './pages';

/** The text of a page without its fenced blocks. */
const unfenced = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The text of a page without its fenced blocks and code. */
const prose = (text: string) => unfenced(text).replace(/`[^`\n]*`/g, '');

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(text: string): Set<string> {
  const headings = unfenced(text).matchAll(/^#+ (.*)$/gm);
  const names = [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(names);
}

/** The links of a page, each with what is wrong with it, if anything is. Pages about the user's environments may be gone. */
function brokenIn({ file, text }: Page): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  return targets
    .filter((target) => !/^https?:/.test(target) && !/systems\/\w/.test(target))
    .flatMap((target) => {
      const [path = '', anchor] = target.split('#');
      const at = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(join(ROOT, at))) return [`${file}: ${target}: no such file`];
      const known = anchor === undefined || anchorsOf(readFileSync(join(ROOT, at), 'utf8')).has(anchor);
      return known ? [] : [`${file}: ${target}: no such heading`];
    });
}

test('each link leads to a file and a heading that exist', () => {
  const links = PAGES.flatMap(({ text }) => prose(text).match(/\]\(/g) ?? []);
  expect(links.length).toBeGreaterThan(80);
  expect([...PAGES, ...OTHERS].flatMap(brokenIn)).toEqual([]);
});

test('a link to a missing page or heading is found', () => {
  const text =
    '# A b\n\n[a](#a-b) [b](#b) [c](releases.md#roll-back) [d](releases.md#nothing) [e](nothing.md) `[f](g)`\n';
  expect(brokenIn({ file: 'docs/x.md', text: text.replaceAll('(#', '(releases.md#') })).toEqual([
    'docs/x.md: releases.md#a-b: no such heading',
    'docs/x.md: releases.md#b: no such heading',
    'docs/x.md: releases.md#nothing: no such heading',
    'docs/x.md: nothing.md: no such file',
  ]);
});

test('the index lists every page, and README leads to the index', () => {
  const index = PAGES.find(({ file }) => file === 'docs/README.md')?.text ?? '';
  const missing = PAGES.map(({ file }) => file.replace('docs/', '')).filter(
    (file) => file !== 'README.md' && !index.includes(`](${file})`),
  );
  expect(missing).toEqual([]);
  expect(PAGES[0]?.text).toContain('](docs/README.md)');
});

test('README has at most 700 words, code and tables included', () => {
  const words = PAGES[0]?.text.split(/\s+/).filter(Boolean) ?? [];
  expect(words.length).toBeLessThanOrEqual(700);
  expect(words.length).toBeGreaterThan(300);
});

test('each page has one title, and lines of prose have at most 140 characters', () => {
  const long = [...PAGES, ...OTHERS].flatMap(({ file, text }) =>
    unfenced(text)
      .split('\n')
      .filter((line) => line.length > 140 && !/^(\||!\[|Its documents: )/.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(long).toEqual([]);
  for (const { file, text } of PAGES) expect([file, prose(text).match(/^# /gm)?.length]).toEqual([file, 1]);
});
