import { mermaidOf } from '../../../lib/targets/mermaid';
import { pliersSystem, salientSystem } from '../../systems';

/** Arrows with the texts of their ends, such as `chat-api → pgbouncer`. */
function arrowsOf(diagram: string): string[] {
  const first = (text: string | undefined) => text?.split('<br>')[0];
  const names = new Map([...diagram.matchAll(/^ +(n\d+)[[(>]+"(.*?)"/gm)].map(([, id, text]) => [id, first(text)]));
  return [...diagram.matchAll(/^ +(n\d+) (-->|-\.->)(?:\|"(.*?)"\|)? (n\d+)$/gm)].map(
    ([, from, line, label = '', to]) =>
      `${names.get(from)} ${line === '-->' ? '→' : '⇢'} ${names.get(to)}${label === '' ? '' : ` (${label})`}`,
  );
}

test("Salient in production has every arrow of the seed's picture", () => {
  expect(arrowsOf(mermaidOf(salientSystem('prod')))).toEqual([
    'hosts.api → chat-api (/)',
    'hosts.admin → admin-api (/api)',
    'hosts.admin → admin-ui (/)',
    'chat-api → pgbouncer',
    'chat-api → the Internet (OpenRouter)',
    'admin-api → pgbouncer',
    'pgbouncer → the database server main',
    'provisioning ⇢ the database server main',
    'migrations ⇢ the database server main',
    'migrations ⇢ pgbouncer',
    ...['backup', 'restore-drill', 'restore'].flatMap((task) => [
      `${task} ⇢ the database server main`,
      `${task} ⇢ the S3 store of the backups`,
    ]),
  ]);
});

test("Pliers in development has every arrow of the seed's picture", () => {
  expect(arrowsOf(mermaidOf(pliersSystem('dev'))).filter((arrow) => arrow.includes('→'))).toEqual([
    'hosts.app → web (/)',
    'hosts.app → api (/api)',
    'hosts.app → ai-service (/ai)',
    'api → postgres',
    'api → redis',
    'ai-service → api',
    'ai-service → redis',
    'ai-service → the Internet (OpenAI and Anthropic)',
  ]);
});

test('pods that an operator makes are drawn, once', () => {
  const diagram = mermaidOf(salientSystem('staging'));
  expect(diagram.match(/\[\("postgres"\)\]/g)).toHaveLength(1);
  expect(arrowsOf(diagram)).toContain('pgbouncer → postgres');
});

test('a text with signs of Mermaid is written as it is read', () => {
  const system = salientSystem('prod');
  const components = system.components.map((one) => ({ ...one, about: 'a "b" <c> #d' }));
  expect(mermaidOf({ ...system, components })).toContain('["chat-api<br>a #quot;b#quot; #lt;c#gt; #35;d"]');
});
