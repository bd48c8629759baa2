import { MESSAGES } from './messages';
import { PAGES } from './pages';

/** The messages of the page, by their headings. */
const SHOWN = new Map(
  [
    ...(PAGES.find(({ file }) => file === 'docs/troubleshooting.md')?.text ?? '').matchAll(
      /^### (.*)\n\n```\n([\s\S]*?)```$/gm,
    ),
  ].map(([, heading = '', text = '']) => [heading, text]),
);

test('the page has the messages that are produced here, and no others', () => {
  expect([...SHOWN.keys()].sort()).toEqual(Object.keys(MESSAGES).sort());
  expect(SHOWN.size).toBeGreaterThanOrEqual(20);
});

test.each(Object.entries(MESSAGES))('%s: the message is the one of the page', async (heading, produce) => {
  const { status, stdout, stderr } = await produce();
  expect(status).not.toBe(0);
  const lines = `${stdout}${stderr}`.split('\n');
  // A message that is repeated for other objects is shown once.
  for (const line of SHOWN.get(heading)?.trimEnd().split('\n') ?? []) expect(lines).toContain(line);
});
