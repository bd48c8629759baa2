import { expectedOneOf } from '../../../lib/base/nearest';

test.each([
  ['imag', 'image'],
  ['prdo', 'prod'],
  ['Hosts', 'hosts'],
  ['adresses', 'addresses'],
])('%s was meant to be %s', (given, meant) => {
  expect(expectedOneOf(['image', 'prod', 'hosts', 'addresses', 'port'], given)).toMatch(`; did you mean ${meant}?`);
});

test.each(['', 'zebra', 'constructor', '__proto__', 'x'.repeat(1_000_000)])('nothing is near %.20s', (given) => {
  expect(expectedOneOf(['image', 'prod'], given)).toBe('expected one of image, prod');
});
