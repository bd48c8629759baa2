import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { check, RULES } from '../../../lib/checks/check';
import { type BuiltSystem, buildEnvironments, isSystem } from '../../../lib/pipeline/build';
import { intentOf } from '../../../lib/pipeline/intent';
import { PROJECT, ROOT } from '../../support';
import { parse, placesIn, withChanged } from './manifests';

const built = buildEnvironments(registry, PROJECT, ['dev', 'prod']);
/** The intent of one system, for the rules that need one. */
const { model, prerequisites } = built.filter(isSystem).find(({ folder }) => folder === 'prod/salient') as BuiltSystem;
const intent = intentOf(model);

const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: a, namespace: salient-prod, annotations: { a: b } }
spec: { parentRefs: [{ name: g }], hostnames: [a.b], rules: [{ matches: [{ path: { value: / } }], backendRefs: [{ name: chat-api-svc, port: 80 }] }] }
`;

/** One object of each shape: the kinds that charts make, those of the rules' examples and of the seed. */
const objects = [
  ...new Map(
    [
      ...built.flatMap((one) => one.objects),
      ...RULES.flatMap(({ wrong, right }) => parse(`${wrong}---\n${right}`)),
      ...parse(ROUTE),
      ...parse(readFileSync(join(ROOT, 'test/fixtures/seed-salient.yaml'), 'utf8')),
    ].map((object) => [object.kind, object]),
  ).values(),
];

// Kind, name and namespace are text: who reads manifests sees to that.
const judged = (path: readonly (string | number)[]) =>
  path.length > 0 &&
  !['apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace'].includes(path.join('.'));

test.each(objects.map((object) => [object.kind, object] as const))('no rule stumbles over an odd %s', (_, object) => {
  // One of each kind of path, since the items of a list behave alike.
  const kinds = new Map(
    placesIn(object)
      .filter(judged)
      .map((path) => [path.join('.').replace(/(^|\.)\d+(?=\.|$)/g, '$1*'), path]),
  );
  for (const path of kinds.values()) {
    for (const odd of [null, 7, 'text', [], [null], { a: null }]) {
      const changed = withChanged(object, path, odd);
      try {
        check([changed], prerequisites, intent);
        check([changed]);
      } catch (error) {
        throw new Error(`${path.join('.')} = ${JSON.stringify(odd)}: ${(error as Error).stack}`);
      }
    }
  }
});
