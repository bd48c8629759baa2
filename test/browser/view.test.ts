import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import view from '../../commands/view';
import { type Repository, repository } from '../repository';
import { edit, runHere } from '../support';
import { type Look, open, openBrowser, overflow } from './browser';

const SALIENT = 'environments/prod/salient.yaml';
const TENANTS = 'environments/prod/tenants.yaml';

let browser: Browser;
let project: Repository;

/** Writes the page of prod, and returns its address. */
async function write(root: string, name: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runHere(view, root, ['--env', 'prod', '--out', `${name}.html`, ...args]);
  expect([status, stdout, stderr]).toEqual([0, `${name}.html\n`, '']);
  return pathToFileURL(join(root, `${name}.html`)).href;
}

let address: string;

beforeAll(async () => {
  browser = await openBrowser();
  project = repository();
  address = await write(project.root, 'prod');
}, 120_000);

afterAll(() => browser?.close());

const ways = (page: Page) => page.locator('aside').innerText();
const rows = (page: Page) => page.locator('#lists .things tbody tr').count();
/** All tables of things. */
const tables = async (page: Page) => (await page.locator('#lists .things').allInnerTexts()).join('\n');
/** Where the picture has a thing in the window. The library keeps itself at its element. */
const spot = (page: Page, id: string) =>
  page.evaluate<{ x: number; y: number }>(`(() => {
    const canvas = document.querySelector('.canvas');
    const { x, y } = canvas._cyreg.cy.getElementById(${JSON.stringify(id)}).renderedPosition();
    const { left, top } = canvas.getBoundingClientRect();
    return { x: left + x, y: top + y };
  })()`);
/** The classes of a thing or line in the picture. */
const classes = (page: Page, selector: string) =>
  page.evaluate<string[]>(
    `document.querySelector('.canvas')._cyreg.cy.$(${JSON.stringify(selector)}).map((one) => one.classes().join(' '))`,
  );

test('the page is one file of less than a megabyte, without an address to load from', () => {
  const file = new URL(address);
  expect(statSync(file).size).toBeLessThan(1_000_000);
  const html = readFileSync(file, 'utf8');
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/<(script|img|link)[^>]+(src|href)="(?!data:)/);
});

const looks: Look[] = [
  { window: 'wide', theme: 'light' },
  { window: 'wide', theme: 'dark' },
  { window: 'narrow', theme: 'light' },
  { window: 'narrow', theme: 'dark' },
];

test.each(looks)('it opens without a request or an error, and does not scroll sideways: %j', async (look) => {
  const { page, problems } = await open(browser, address, look);
  expect(await page.locator('.picture').isVisible()).toBe(look.window === 'wide');
  expect(await rows(page)).toBeGreaterThan(20);
  expect(await overflow(page)).toBe(0);
  const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
  expect(back).toBe(look.theme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
  expect(problems).toEqual([]);
});

test('a pointer on a box shows its connections with ports and policies, and a click keeps them', async () => {
  const { page, problems } = await open(browser, address);
  const { x, y } = await spot(page, 'salient-prod/chat-api');
  await page.mouse.move(x, y);
  expect(await ways(page)).toMatch(/TCP 5432 by NetworkPolicy salient-admin\/pgbouncer-policy/);
  expect(await ways(page)).toMatch(/api\.salient\.ai\/ by Ingress salient-prod\/salient-ingress/);
  await page.mouse.move(2, 2);
  expect(await ways(page)).toContain('Point at a box');
  await page.mouse.click(x, y);
  await page.mouse.move(2, 2);
  expect(await ways(page)).toContain('chat-api');
  await page.keyboard.press('Escape');
  expect(await ways(page)).toContain('Point at a box');
  expect(problems).toEqual([]);
});

test('search and filters leave what matches, and Clear shows everything', async () => {
  const { page, problems } = await open(browser, address);
  const all = await rows(page);
  await page.getByLabel('Search').fill('pgbouncer-policy 5432');
  const found = await tables(page);
  expect(found).toContain('chat-api');
  expect(found).not.toContain('admin-ui');
  await page.getByLabel('Search').fill('globex gmbh');
  const tenants = await page.locator('#lists .things').first().innerText();
  expect(tenants).toContain('salient-prod');
  expect(tenants).not.toContain('pliers-prod');
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.waitForFunction(`document.querySelectorAll('#lists .things tbody tr').length === ${all}`);
  await page.locator('select[name=kind]').selectOption('job');
  await page.locator('select[name=system]').selectOption('pliers');
  const jobs = await tables(page);
  expect(jobs).toContain('restore-drill');
  expect(jobs).not.toContain('salient');
  await page.locator('select[name=namespace]').selectOption('salient-prod');
  expect(await rows(page)).toBe(0);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.waitForFunction(`document.querySelectorAll('#lists .things tbody tr').length === ${all}`);
  expect(problems).toEqual([]);
});

test('the keyboard alone reaches a workload and its connections', async () => {
  const { page } = await open(browser, address, { window: 'narrow' });
  await page.locator('button.link[data-id="salient-admin/pgbouncer"]').first().focus();
  await page.keyboard.press('Enter');
  expect(await ways(page)).toContain('chat-api');
});

test('budgets are bars as long as the share of the connections that are used', async () => {
  const { page } = await open(browser, address);
  for (const budget of await page.locator('.budget').all()) {
    const [used, limit] = (await budget.locator('.budget-head span').innerText()).split(' of ').map(Number) as [
      number,
      number,
    ];
    const width = await budget.locator('.meter span').getAttribute('style');
    expect(Number.parseFloat(width?.replace('width:', '') ?? '')).toBeCloseTo(Math.min(100, (100 * used) / limit), 1);
  }
  expect(await page.locator('.budget').count()).toBeGreaterThan(1);
});

test('--against colours what is new, changed and gone, in the picture and in the tables', async () => {
  const { root } = project;
  edit(root, SALIENT, 'tag: v1.2.3', 'tag: v1.2.4');
  const { page, problems } = await open(browser, await write(root, 'since', '--against', 'HEAD'));
  expect(await classes(page, '[id = "salient-prod/chat-api"]')).toEqual(['workload changed']);
  expect(await classes(page, '[id = "salient-prod/admin-ui"]')).toEqual(['workload']);
  const changes = page.locator('#lists > details').first();
  expect(await changes.innerText()).toMatch(
    /Changes since HEAD \(\d+\)[\s\S]*changed\s+Deployment salient-prod\/chat-api\s+rolls/,
  );
  await page.getByLabel('changes only').check();
  expect(await page.locator('#lists .things').first().innerText()).not.toContain('admin-ui');
  expect(problems).toEqual([]);
});

test('what a revision does not have is new, and what only it has is gone', async () => {
  const { root } = project;
  const system = join(root, 'environments/prod/ephitup.yaml');
  const text = readFileSync(system, 'utf8');
  project.git('rm', '-q', '-r', '--cached', 'dist/prod/pliers');
  project.git('commit', '-qm', 'without pliers');
  rmSync(system);
  const { page } = await open(browser, await write(root, 'moved', '--against', 'HEAD'));
  expect(await classes(page, '[id = "pliers-prod/web"]')).toEqual(['workload new']);
  expect(await classes(page, '[id = "ephitup-prod/frontend"]')).toEqual(['workload gone']);
  expect(await classes(page, 'edge.gone')).not.toEqual([]);
  writeFileSync(system, text);
});

test('with 1,000 tenants the page stays as fast as with three', async () => {
  const { root } = repository();
  const small = await write(root, 'small');
  edit(root, SALIENT, /^ {2}kind: external\n/m, '  kind: external\n  tenantShards: 2\n');
  const tenants = Array.from({ length: 1000 }, (_, index) => `- slug: tenant-${index}`);
  writeFileSync(join(root, TENANTS), `${tenants.join('\n')}\n`);
  const large = await write(root, 'large');
  // What the browser works for until the page and then a search are shown, in seconds of the page's own thread.
  const work = async (url: string) => {
    const { page } = await open(browser, url);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    await page.reload();
    await page.getByLabel('Search').fill('chat-api');
    await page.waitForFunction(
      `(text => text?.includes('chat-api') && !text.includes('pliers-prod'))(document.querySelector('#lists .things')?.innerText)`,
    );
    const { metrics } = await session.send('Performance.getMetrics');
    return { page, time: metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN };
  };
  await work(small); // the browser has read its own files once
  const few = await work(small);
  const many = await work(large);
  expect(many.time).toBeLessThan(3 * few.time + 0.3);
  expect(await many.page.locator('.names span').count()).toBe(0);
  await many.page.getByRole('button', { name: 'Clear' }).click();
  await many.page.getByText('1,000', { exact: true }).last().click();
  await many.page.waitForFunction(`document.querySelectorAll('.names span').length === 1000`);
  await many.page.getByLabel('Search').fill('tenant-777');
  const found = await many.page.locator('#lists .things').first().innerText();
  expect(found).toContain('salient-prod');
  expect(found).not.toContain('pliers-prod');
}, 120_000);

test.each([
  [['--env', 'none'], /--env/],
  [['--env', 'prod', '--against', 'nowhere'], /--against: given "nowhere", expected a commit/],
  [['--env', 'prod', '--out', 'environments'], /--out: given "environments", .*expected the name of a file/],
])('%j is refused without a page', async (args, message) => {
  const { status, stderr } = await runHere(view, project.root, args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});
