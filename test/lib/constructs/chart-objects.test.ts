import { ApiObject, App, Chart, JsonPatch, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { objectsIn } from '../../../lib/constructs/chart-objects';
import { SystemChart } from '../../../lib/constructs/system-chart';
import { EVERYTHING } from '../../everything';
import type { Any } from '../../support';

/** The texts of objects, which differ where the order of fields does. */
const textsOf = (objects: readonly unknown[]) => objects.map((object) => JSON.stringify(object));

/** A chart with what a test adds to it. */
function chartWith(add: (chart: Chart) => void): Chart {
  const chart = new Chart(new App(), 'shop', { labels: { shared: 'yes' }, namespace: 'shop' });
  add(chart);
  return chart;
}

const isAsCdk8sHasThem = (chart: Chart) => expect(textsOf(objectsIn(chart))).toEqual(textsOf(chart.toJson()));

test('the objects of a system are those of cdk8s, field by field', () => {
  const chart = new SystemChart(new App(), 'everything', EVERYTHING);
  expect(objectsIn(chart).length).toBeGreaterThan(30);
  isAsCdk8sHasThem(chart);
});

test('nulls, empty metadata, quantities, tokens and labels added later are those of cdk8s', () => {
  isAsCdk8sHasThem(
    chartWith((chart) => {
      const token = { resolve: () => ({ z: 1, a: Lazy.any({ produce: () => [null, { b: 2, a: undefined }] }) }) };
      const raw = {
        apiVersion: 'example.com/v1',
        kind: 'Shop',
        zone: 1,
        spec: { token, none: null, list: [], map: {} },
      };
      const object = new ApiObject(chart, 'raw', {
        ...raw,
        metadata: { annotations: {}, labels: { own: 'a' } },
      } as Any);
      object.metadata.addLabel('later', 'yes');
      object.metadata.addAnnotation('z', '1');
      object.metadata.addFinalizers('example.com/keep');
      object.metadata.add('generateName', 'shop-');
      new k8s.KubeResourceQuota(chart, 'quota', {
        spec: { hard: { pods: k8s.Quantity.fromNumber(5), cpu: k8s.Quantity.fromString('500m') } },
      });
      new k8s.KubeService(chart, 'service', {
        spec: { ports: [{ port: 80, targetPort: k8s.IntOrString.fromString('http') }] },
      });
    }),
  );
});

test('a patched object is that of cdk8s', () => {
  isAsCdk8sHasThem(
    chartWith((chart) => {
      const object = new k8s.KubeConfigMap(chart, 'settings', { data: { a: '1' } });
      object.addJsonPatch(JsonPatch.replace('/data/a', '2'));
    }),
  );
});

test('objects with dependencies have the order of cdk8s', () => {
  isAsCdk8sHasThem(
    chartWith((chart) => {
      const first = new k8s.KubeConfigMap(chart, 'first', { data: { a: '1' } });
      first.addDependency(new k8s.KubeConfigMap(chart, 'second', { data: { b: '1' } }));
    }),
  );
});

test('a class that makes its objects itself is asked for them', () => {
  class Own extends ApiObject {
    override toJson() {
      return { ...super.toJson(), own: true };
    }
  }
  isAsCdk8sHasThem(chartWith((chart) => new Own(chart, 'own', { apiVersion: 'v1', kind: 'Own' })));
});

test('an instance that is no plain data is refused, as by cdk8s', () => {
  const chart = chartWith(
    (one) => new ApiObject(one, 'map', { apiVersion: 'v1', kind: 'Map', spec: new Map() } as Any),
  );
  expect(() => chart.toJson()).toThrow('Map');
  expect(() => objectsIn(chart)).toThrow('the class Map');
});

test('a construct whose validation fails is refused, as by cdk8s', () => {
  const chart = chartWith((one) => one.node.addValidation({ validate: () => ['the shop is closed'] }));
  expect(() => objectsIn(chart)).toThrow('the shop is closed');
});
