import type { Any } from '../../../support';
import { container, deployment, job, object, podSpec, statefulSet, told } from '../right';

const mounting = (mount: object, volume: object): Any =>
  podSpec(
    { volumes: [{ name: 'v', ...volume }] },
    container({
      env: [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      volumeMounts: [{ name: 'v', mountPath: '/etc/app/file', ...mount }],
    }),
  );
const config = (fields: object = {}, name = 'conf') =>
  object('v1', 'ConfigMap', name, { data: { file: 'a' }, ...fields });
const secret = object('v1', 'Secret', 'conf', { stringData: { file: 'a' } });
const lines = (objects: Any[], least: 'risk' | 'policy' = 'policy') =>
  told(objects, [], least).filter((line) => /pitfalls: .*subPath/.test(line));
const FILE = { subPath: 'file' };
const CONFIG = { configMap: { name: 'conf' } };

test.each<[string, object, object, Any]>([
  ['a ConfigMap', FILE, CONFIG, config()],
  ['a Secret', FILE, { secret: { secretName: 'conf' } }, secret],
  ['a projected ConfigMap', FILE, { projected: { sources: [{ configMap: { name: 'conf' } }] } }, config()],
  ['a projected Secret', FILE, { projected: { sources: [{ secret: { name: 'conf' } }] } }, secret],
  ['a path of a variable', { subPathExpr: '$(NAME)' }, CONFIG, config()],
])('a file by subPath is a hint: of %s', (_, mount, volume, source) => {
  for (const make of [deployment, statefulSet]) {
    expect(lines([make('api', mounting(mount, volume)), source])).toEqual([
      expect.stringMatching(
        /^policy: .*given a file of (ConfigMap|Secret) "conf" by subPath(Expr)?, which is never updated/,
      ),
    ]);
  }
  expect(lines([deployment('api', mounting({}, volume)), source])).toEqual([]);
});

test('what is rolled, new for each run, or never changed is not told of', () => {
  const api = deployment('api', mounting(FILE, CONFIG));
  const rolled = structuredClone(api);
  rolled.spec.template.metadata.annotations = { 'checksum/config': 'a' };
  const reloaded = { ...api, metadata: { ...api.metadata, annotations: { 'reloader.stakater.com/auto': 'true' } } };
  expect(lines([rolled, config()])).toEqual([]);
  expect(lines([reloaded, config()])).toEqual([]);
  expect(lines([api, config({ immutable: true })])).toEqual([]);
  const hashed = deployment('api', mounting(FILE, { configMap: { name: 'conf-5gk4m2ht8d' } }));
  expect(lines([hashed, config({}, 'conf-5gk4m2ht8d')])).toEqual([]);
  const once = job('once');
  once.spec.template.spec = { ...mounting(FILE, CONFIG), restartPolicy: 'Never' };
  expect(lines([once, config()])).toEqual([]);
});

test('a file that is not there is told of', () => {
  const api = (subPath: string, items?: object[]) =>
    deployment('api', mounting({ subPath }, { configMap: { name: 'conf', items } }));
  const missing = (subPath: string, items?: object[]) => lines([api(subPath, items), config()], 'risk');
  expect(missing('other')).toEqual([
    expect.stringMatching(
      /^risk: .*subPath: given "other", expected a file of ConfigMap "conf": file; without it an empty folder/,
    ),
  ]);
  expect(missing('file')).toEqual([]);
  expect(missing('deep', [{ key: 'file', path: 'deep/file' }])).toEqual([]);
  expect(missing('file', [{ key: 'file', path: 'renamed' }])).toHaveLength(1);
  expect(lines([api('other')], 'risk')).toEqual([]);
});
