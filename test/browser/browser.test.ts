import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { folderWith } from '../support';
import { open, openBrowser, overflow } from './browser';

let browser: Browser;
let server: Server;
let origin: string;

/** A page with a text that is 600 pixels wide, in the colours that the reader prefers. */
const GOOD = '<link rel="icon" href="data:,"><div style="width: 600px">text</div>';

beforeAll(async () => {
  browser = await openBrowser();
  server = createServer(({ url = '' }, response) => {
    response.statusCode = url.startsWith('/missing') ? 404 : 200;
    response.setHeader('content-type', 'text/html');
    response.end(GOOD + decodeURIComponent(url.split('?')[1] ?? ''));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser.close();
  server.close();
});

const problemsOf = async (html: string): Promise<string[]> => {
  const { page, problems } = await open(browser, `${origin}/?${encodeURIComponent(html)}`);
  await page.waitForTimeout(100);
  await page.context().close();
  return problems.map((one) => one.replace(/^\S+: /, ''));
};

test('a page without a mistake has no problem', async () => {
  expect(await problemsOf('<img src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22/>">')).toEqual([]);
});

test.each([
  ['an error in the console', '<script>console.error("wrong")</script>', 'console: wrong'],
  ['an uncaught error', '<script>throw new Error("wrong")</script>', 'error: wrong'],
  ['a missing file', '<img src="missing.png">', '404: http'],
  ['a request elsewhere', '<img src="http://example.com/a.png">', 'request elsewhere: http://example.com/a.png'],
])('%s is found', async (_, html, problem) => {
  expect(await problemsOf(html)).toContainEqual(expect.stringContaining(problem));
});

test('a file that loads another file is found', async () => {
  const folder = folderWith({ 'a.html': `${GOOD}<script src="b.js"></script>`, 'b.js': '' });
  const { problems } = await open(browser, pathToFileURL(join(folder, 'a.html')).href);
  expect(problems).toEqual([expect.stringMatching(/a\.html: request elsewhere: .*b\.js$/)]);
});

test('windows and themes are those asked for', async () => {
  const wide = await open(browser, origin);
  const narrow = await open(browser, origin, { window: 'narrow', theme: 'dark' });
  expect([await overflow(wide.page), await overflow(narrow.page)]).toEqual([0, 600 + 8 - 390]);
  const isDark = 'matchMedia("(prefers-color-scheme: dark)").matches';
  expect([await wide.page.evaluate(isDark), await narrow.page.evaluate(isDark)]).toEqual([false, true]);
});
