import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import docs from '../../commands/docs';
import { svgOf } from '../../commands/docs/pictures';
import { edit, folderWith, runHere } from '../support';

const PICTURE = 'docs/tickets-dev.svg';
const SHOP =
  'pattern: api-only\nhosts: { api: shop.localhost }\nservices: { api: { image: ghcr.io/yourorg/shop, tag: latest } }\n';

const projectWith = (readme: string) => folderWith({ 'README.md': readme, 'environments/dev/tickets.yaml': SHOP });

test('a picture that README shows is written, and follows the system', async () => {
  const root = projectWith(`![Shop](${PICTURE})\n`);
  expect((await runHere(docs, root, ['--check'])).stderr).toContain(`${PICTURE}: not up to date`);
  expect((await runHere(docs, root, [])).stdout).toContain(PICTURE);
  expect(readFileSync(join(root, PICTURE), 'utf8')).toContain('shop.localhost');
  expect(await runHere(docs, root, ['--check'])).toMatchObject({ status: 0 });
  edit(root, 'environments/dev/tickets.yaml', 'shop.localhost', 'store.localhost');
  expect((await runHere(docs, root, ['--check'])).stderr).toContain(`${PICTURE}: not up to date`);
});

test('a picture that README does not show is not written', async () => {
  const root = projectWith('# Shop\n');
  expect(await runHere(docs, root, [])).toMatchObject({ status: 0 });
  expect(existsSync(join(root, PICTURE))).toBe(false);
});

test('a picture needs no web font, script or style sheet, has a background, and keeps its texts', () => {
  const svg = svgOf(
    'flowchart TB\n  subgraph f0["edge"]\n    a["203.0.113.0/24"]\n  end\n  b["api"]\n  a --> b',
    'a to b',
  );
  expect(svg).toMatch(/^<svg [^>]*>\n<title>a to b<\/title>\n<rect width="100%" height="100%"/);
  expect(svg).not.toMatch(/@import|<style|<script|var\(|url\((?!#)|https?:(?!\/\/www\.w3\.org)/);
  expect(svg).toContain('>203.0.113.0/24<');
  expect(svg).toMatch(/>edge<\/text>\n<\/svg>\n$/);
});
