import { ClusterIndex } from '../../../lib/checks/cluster/cluster-index';
import { type Schema, type SchemaTable, tableOf } from '../../../lib/checks/cluster/schema-table';
import { schema as rule } from '../../../lib/checks/rules/schema';
import type { ManifestObject } from '../../../lib/manifests/object';
import { cluster, kubectl } from '../applied';
import { RandomObjects } from '../random-objects';

const table = tableOf('gateway.networking.k8s.io/v1/HTTPRoute') as SchemaTable;
const REFUSED = 'a rule of its definition refuses: ';
/** Refusals by schema, of which some are not known to the rule; the API server may then leave out the rules. */
const BY_SCHEMA = /Duplicate value|in body|must validate|Unsupported value|were not checked/;

/** The paths of all values with rules. */
function ruledPaths(number: number, path: readonly string[] = []): (readonly string[])[] {
  const { rules, fields = {}, items, values } = table.schemas[number] as Schema;
  return [
    ...(rules ? [path] : []),
    ...Object.entries(fields).flatMap(([key, field]) => ruledPaths(field, [...path, key])),
    ...[items, values].flatMap((inside) => (inside === undefined ? [] : ruledPaths(inside, [...path, '0']))),
  ];
}

/** An object for each rule of the kinds that the cluster serves, as far as its schema has no mistake. */
function candidates(): ManifestObject[] {
  const served = Object.entries(table.kinds).filter(([kind]) =>
    cluster.serves.includes(kind.slice(0, kind.lastIndexOf('/'))),
  );
  return served
    .flatMap(([kind, number], index) => {
      const random = new RandomObjects(table, index);
      return ruledPaths(number).flatMap((path, at) => random.object(kind, path, `rule-${index}-${at}`) ?? []);
    })
    .filter((object) => findingsOf(object).every((message) => message.includes(REFUSED)));
}

const findingsOf = (object: ManifestObject): string[] =>
  rule.judge(new ClusterIndex([object])).map(({ message }) => message);

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

test('the API server refuses what breaks a rule of its definition, and accepts what does not', async () => {
  const objects = candidates();
  if (objects.length === 0) return; // no definitions are installed
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { stdout, stderr } = await kubectl.attempt(
    ['create', '--dry-run=server', '--validate=false', '-n', 'default', '-o', 'name', '-f', '-'],
    list,
  );
  const accepted = new Set(stdout.split('\n').map((line) => line.slice(line.indexOf('/') + 1)));
  const refusals = new Map(
    stderr.split(/^(?=Error from server)/m).map((text) => [/ "([^"]+)" is invalid/.exec(text)?.[1], oneLine(text)]),
  );
  const differences: string[] = [];
  for (const object of objects) {
    const { name } = object.metadata;
    const given = refusals.get(name) ?? '';
    // The reason in parentheses is worded by the library.
    const expected = findingsOf(object).map((message) =>
      (message.split(REFUSED)[1] as string).replace(/ \([^()]*\)$/, ''),
    );
    const missed = expected.filter((message) => !given.includes(oneLine(message)));
    const isRight =
      expected.length === 0
        ? accepted.has(name) || BY_SCHEMA.test(given)
        : missed.length === 0 || BY_SCHEMA.test(given);
    if (!isRight) differences.push(`${JSON.stringify(object)}\n  here: ${expected.join('; ')}\n  there: ${given}`);
  }
  expect(differences).toEqual([]);
  expect(accepted.size).toBeGreaterThan(20);
  expect(refusals.size).toBeGreaterThan(20);
});
