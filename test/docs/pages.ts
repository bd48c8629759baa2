import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MARK } from '../../commands/docs/mark';
import { ROOT } from '../support';

/** A page that a user reads, by its path in the project. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly file: string;
  /** The language of the fence: sh, yaml, ts, or '' for what a program prints. */
  readonly language: string;
  readonly text: string;
}

const pageOf = (file: string): Page => ({ file, text: readFileSync(join(ROOT, file), 'utf8') });

/** README and the pages of docs/ itself that people write; docs/systems is about the user's own environments. */
export const PAGES: readonly Page[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
  .map(pageOf)
  .filter(({ text }) => !text.startsWith(MARK));

/** The documents for contributors, and those of the systems that Berth comes with. */
export const OTHERS: readonly Page[] = [
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...['application', 'ephitup', 'pliers', 'salient'].map((system) => `charts/${system}/README.md`),
].map(pageOf);

/** The fenced blocks of pages. */
export function blocksOf(pages: readonly Page[]): Block[] {
  return pages.flatMap(({ file, text }) =>
    [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', block = '']) => ({
      file,
      language,
      text: block,
    })),
  );
}

/** The one block of a page that begins so. */
export function block(file: string, start: string): string {
  const found = blocksOf(PAGES).filter((one) => one.file === file && one.text.startsWith(start));
  expect(found).toHaveLength(1);
  return found[0]?.text as string;
}
