import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { folderWith, ROOT } from '../support';
import { open, openBrowser, overflow } from './browser';

/** A path of the address, as on a host that serves several sites. */
const BASE = '/some/base/';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** What VitePress reads otherwise than GitHub does. */
const ODD = `# Odd words

A {{ value }}, \`{{ code }}\`, <unknown> and <b>bold</b>, a smile :) and { config: KEY }

<div>a block</div>

| a | b |
|---|---|
| one<br>two | in braces { key: value } |

[a folder](settings/), [a file](../environments/prices.yaml), [\`code\`](../package.json), [here](#it-s-5--a_b).

## It's 5 % (a_b)

The anchor is [that of GitHub](#its-5--a_b).

\`\`\`mermaid
flowchart LR
  a["one & two"] --> b["<three>"]
\`\`\`
`.replace('[here](#it-s-5--a_b)', '[here](#odd-words)');

let browser: Browser;
let server: Server;
let origin: string;
let site: string;
/** The pages of the site, by their addresses without the base. */
let pages: string[];

/** Builds the site of this project, with one more page. */
async function built(): Promise<string> {
  const root = folderWith({});
  const readmes = readdirSync(join(ROOT, 'charts')).map((name) => `charts/${name}/README.md`);
  const files = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  for (const file of [...files, ...readmes, 'bench', 'docs'])
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(root, file), { recursive: true });
  for (const name of ['node_modules', 'commands', 'lib', 'package.json'])
    symlinkSync(join(ROOT, name), join(root, name));
  writeFileSync(join(root, 'docs/odd.md'), ODD);
  const program = join(ROOT, 'node_modules/vitepress/bin/vitepress.js');
  const child = spawn(process.execPath, [program, 'build', 'docs', '--base', BASE, '--outDir', 'site'], { cwd: root });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(said);
  return join(root, 'site');
}

/** Serves a folder below the base. */
function serving(folder: string): Server {
  return createServer(({ url = '' }, response) => {
    const path = decodeURI(new URL(url, 'http://a').pathname);
    const file = join(folder, path.slice(BASE.length), path.endsWith('/') ? 'index.html' : '');
    if (!path.startsWith(BASE) || !existsSync(file) || statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
}

beforeAll(async () => {
  [browser, site] = await Promise.all([openBrowser(), built()]);
  pages = readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .map((file) => file.replace(/(^|\/)index\.html$/, '$1'))
    .sort();
  server = serving(site).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** What a page has, once its scripts run. */
interface Content {
  readonly links: readonly string[];
  readonly anchors: readonly string[];
  /** Widths by which it scrolls sideways: on the wide window, and on the narrow one. */
  readonly overflows: readonly number[];
  /** Texts that do not contrast with their background, in each theme. */
  readonly faint: readonly string[];
}

const LINKS = "[...document.querySelectorAll('a[href]')].map((a) => a.href)";
const ANCHORS = "[...document.querySelectorAll('[id]')].map((element) => element.id)";

/** The texts of the content and of its diagrams whose colour has a contrast of less than 4.5 : 1 with what is behind it. */
const FAINT = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const known = new Map([[null, []]]);
  const behind = (element) => {
    if (!known.has(element)) known.set(element, [...behind(element.parentElement), getComputedStyle(element).backgroundColor]);
    return known.get(element);
  };
  const seen = new Map();
  for (const element of document.querySelectorAll('.VPContent :is(p, li, td, th, h1, h2, h3, a, code, pre span span, text)')) {
    if (!element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const svg = element.closest('svg');
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const shapes = [...(svg?.querySelectorAll('rect, polygon, path, ellipse, circle') ?? [])].filter((shape) => {
      const box = shape.getBoundingClientRect();
      return getComputedStyle(shape).fill !== 'none' && box.left <= left && box.right >= right && box.top <= top && box.bottom >= bottom;
    });
    const back = [...behind(element), ...shapes.map((shape) => getComputedStyle(shape).fill)];
    const front = svg ? style.fill : style.color;
    const key = JSON.stringify([back, front]);
    if (seen.has(key)) continue;
    const [high, low] = [light(paint(back)), light(paint([...back, front]))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    seen.set(key, ratio < 4.5 ? element.tagName + ' ' + element.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(1) : '');
  }
  return [...seen.values()].filter(Boolean);
})()`;

async function contentOf(page: Page, address: string): Promise<Content> {
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${origin}${BASE}${address}`);
  const [links, anchors] = [await page.evaluate<string[]>(LINKS), await page.evaluate<string[]>(ANCHORS)];
  const faint = await page.evaluate<string[]>(FAINT);
  const wide = await overflow(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction("document.documentElement.classList.contains('dark')");
  return {
    links,
    anchors,
    overflows: [wide, await overflow(page)],
    faint: [...faint, ...(await page.evaluate<string[]>(FAINT))],
  };
}

test('every page loads without an error or a request elsewhere, has no broken link, and is legible on both windows', async () => {
  expect(pages.length).toBeGreaterThan(40);
  const contents = new Map<string, Content>();
  const left = [...pages];
  const visitor = async (): Promise<readonly string[]> => {
    const { page, problems } = await open(browser, `${origin}${BASE}404.html`);
    for (let address = left.shift(); address !== undefined; address = left.shift())
      contents.set(address, await contentOf(page, address));
    await page.context().close();
    return problems;
  };
  const problems = (await Promise.all([visitor(), visitor(), visitor()])).flat();
  const broken = [...contents].flatMap(([from, { links }]) =>
    links
      .filter((link) => link.startsWith(origin))
      .filter((link) => {
        const { pathname, hash } = new URL(link);
        const target = contents.get(pathname.slice(BASE.length));
        return target === undefined || (hash !== '' && !target.anchors.includes(decodeURIComponent(hash.slice(1))));
      })
      .map((link) => `${from}: ${link}`),
  );
  const wider = [...contents].filter(([, { overflows }]) => overflows.some((width) => width > 0));
  const faint = [...contents].flatMap(([from, { faint }]) => faint.map((text) => `${from}: ${text}`));
  const found = { problems, broken, wider: wider.map(([from]) => from), faint };
  expect(found).toEqual({ problems: [], broken: [], wider: [], faint: [] });
}, 120_000);

test('the files of the site name no other machine from which a browser would load something', () => {
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(html|css)$/.test(file));
  const loads =
    /(?:src|href)="https?:[^"]*"(?=[^>]*(?:\.js|\.css|stylesheet|preload|icon))|@import|url\(["']?(?:https?:)?\/\//g;
  expect(files.length).toBeGreaterThan(40);
  const found = files.flatMap(
    (file) =>
      readFileSync(join(site, file), 'utf8')
        .match(loads)
        ?.map((it) => [file, it]) ?? [],
  );
  expect(found).toEqual([]);
});

test('search finds a word of a page, and leads to it', async () => {
  const { page, problems } = await open(browser, `${origin}${BASE}`);
  await page.keyboard.press('Control+k');
  await page.locator('#localsearch-input').fill('Odd words');
  await page.locator('#localsearch-list a').first().click();
  await page.waitForURL(`**${BASE}docs/odd.html*`);
  expect(problems).toEqual([]);
  await page.context().close();
});

test('Markdown is read as on GitHub', async () => {
  const { page } = await open(browser, `${origin}${BASE}docs/odd.html`);
  const text = await page.locator('main').innerText();
  for (const words of [
    'A {{ value }}, {{ code }}, <unknown> and <b>bold</b>, a smile :) and { config: KEY }',
    '<div>a block</div>',
    'one\ntwo',
    'in braces { key: value }',
  ])
    expect(text).toContain(words);
  const linked = await page
    .locator('main a:not(.header-anchor)')
    .evaluateAll((all) => all.map((a) => (a as unknown as { href: string }).href));
  expect(linked.map((href) => href.replace(`${origin}${BASE}`, ''))).toEqual(
    expect.arrayContaining(['docs/settings/', 'docs/odd.html#odd-words', 'docs/odd.html#its-5--a_b']),
  );
  const paths = await page
    .locator('main code[title]')
    .evaluateAll((all) => all.map((code) => `${code.getAttribute('title')} ${code.textContent}`));
  expect(paths).toEqual(['environments/prices.yaml a file', 'package.json code']);
  expect(await page.locator('.diagram svg[role=img] text').allTextContents()).toEqual(['one & two', '<three>']);
  await page.context().close();
});

test('the front page is README: its name, what it is, and its sections', async () => {
  const { page } = await open(browser, `${origin}${BASE}`, { window: 'narrow', theme: 'dark' });
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  expect(await page.locator('h1').allTextContents()).toEqual([/^# (.*)$/m.exec(readme)?.[1]]);
  const sections = [...readme.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect((await page.locator('.VPHome h2').allInnerTexts()).map((title) => title.replace('\u200b', '').trim())).toEqual(
    sections,
  );
  expect(await page.locator('.VPHome').innerText()).toContain(readme.split('\n\n')[1]);
  await page.context().close();
});
