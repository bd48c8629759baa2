import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from './chromium';

/** Starts the browser, without a window. It resolves no host name, so that no page reaches another machine. */
export function openBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('these tests need Chromium; run them with npm run test:browser');
  return chromium.launch({ executablePath, args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'] });
}

/** The sizes of windows, in CSS pixels: a notebook's and a phone's. */
export const WINDOWS = { wide: { width: 1400, height: 900 }, narrow: { width: 390, height: 844 } } as const;

export interface Look {
  /** @default 'wide' */
  readonly window?: keyof typeof WINDOWS;
  /** What the system of the reader prefers. @default 'light' */
  readonly theme?: 'light' | 'dark';
}

/** A page, with all that went wrong in it since it was opened. */
export interface Opened {
  readonly page: Page;
  /**
   * Errors of the console, uncaught errors, requests that failed or were answered with an error, and requests to another
   * origin; for a page from `file:`, requests for anything but that file. Each with the address of the page at that time.
   */
  readonly problems: readonly string[];
}

/** Whether a request leaves the page's origin. */
function leaves(url: string, home: string): boolean {
  if (/^(data|blob|about):/.test(url)) return false;
  const bare = (address: string) => address.replace(/[?#].*/, '');
  return home.startsWith('file:') ? bare(url) !== bare(home) : new URL(url).origin !== new URL(home).origin;
}

/** Opens a new page, with a storage of its own, at an address (`http:` or `file:`), and waits until it has loaded. */
export async function open(browser: Browser, url: string, { window = 'wide', theme = 'light' }: Look = {}) {
  const context = await browser.newContext({ viewport: WINDOWS[window], colorScheme: theme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const problems: string[] = [];
  const add = (problem: string) => problems.push(`${page.url()}: ${problem}`);
  page.on('console', (message) => message.type() === 'error' && add(`console: ${message.text()}`));
  page.on('pageerror', (error) => add(`error: ${error.message}`));
  page.on('request', (request) => leaves(request.url(), url) && add(`request elsewhere: ${request.url()}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // The browser cancels what it prefetched for a page that it leaves.
    if (reason !== 'net::ERR_ABORTED') add(`request failed: ${request.url()}: ${reason}`);
  });
  page.on('response', (response) => response.status() >= 400 && add(`${response.status()}: ${response.url()}`));
  await page.goto(url);
  return { page, problems } satisfies Opened;
}

/** By how many CSS pixels the page is wider than its window: 0 where it does not scroll sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth');
}
