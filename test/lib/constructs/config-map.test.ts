import { ConfigMap } from '../../../lib/constructs/config-map';
import { Config } from '../../../lib/model/config';
import { synthesize } from '../../construct';

const config = new Config('shop-test', 'settings', { LEVEL: 'info', PORT: '80' });

test('the object has the data of the Config', () => {
  const [object] = synthesize((chart) => new ConfigMap(chart, 'config', { system: 'shop', config }));
  expect(object).toMatchObject({
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop-test', labels: { app: 'shop' } },
    data: { LEVEL: 'info', PORT: '80' },
  });
});

test('picked keys are variables of the same name', () => {
  expect(config.pick('LEVEL')).toEqual({ LEVEL: { config, key: 'LEVEL' } });
});
