import { renderText } from '../../../lib/constructs/addresses';
import { hostOf, portOf, replaceAddresses, textOf, urlOf } from '../../../lib/model/address';
import { sample } from '../../construct';

const api = sample();

test('each platform renders addresses in its own form', () => {
  const url = urlOf(api, { path: '/v1' });
  expect(renderText(url)).toBe('http://api-svc.shop-test.svc.cluster.local:80/v1');
  expect(replaceAddresses(url, ({ of, part }) => (part === 'host' ? of.service : '3000'))).toBe(
    'http://api-svc:3000/v1',
  );
});

test('textOf concatenates texts and addresses', () => {
  const line = textOf('main\t', hostOf(api), '\t', portOf(api), 1, '\n');
  expect(renderText(line)).toBe('main\tapi-svc.shop-test.svc.cluster.local\t801\n');
});

test('a text without addresses is a string', () => {
  expect(textOf('db.example.com', ':', 5432)).toBe('db.example.com:5432');
});
