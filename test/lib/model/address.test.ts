import { renderText } from '../../../lib/constructs/addresses';
import { hostOf, portOf, replaceAddresses, textOf, urlOf } from '../../../lib/model/address';
import { sample } from '../../construct';

const api = sample();

test('an address is printed by the platform that it is for', () => {
  const url = urlOf(api, { path: '/v1' });
  expect(renderText(url)).toBe('http://api-svc.shop-test.svc.cluster.local:80/v1');
  expect(replaceAddresses(url, ({ of, part }) => (part === 'host' ? of.service : '3000'))).toBe(
    'http://api-svc:3000/v1',
  );
});

test('texts and addresses are one text', () => {
  const line = textOf('main\t', hostOf(api), '\t', portOf(api), 1, '\n');
  expect(renderText(line)).toBe('main\tapi-svc.shop-test.svc.cluster.local\t801\n');
});

test('a text without an address is plain', () => {
  expect(textOf('db.example.com', ':', 5432)).toBe('db.example.com:5432');
});
