import { cidrProblem, prefixOf } from '../../../lib/config/cidr';

test.each([
  '0.0.0.0/0',
  '10.0.0.0/8',
  '203.0.113.7/32',
  '203.0.113.128/25',
  '::/0',
  '2001:db8::/32',
  '2001:db8::1/128',
  'fd00:0:0:1::/64',
  '::ffff:10.0.0.0/104',
])('%s is a range', (range) => {
  expect(cidrProblem(range)).toBeUndefined();
});

test.each([
  '',
  'foo',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0/8',
  '256.0.0.0/8',
  '10.0.0.0/8/8',
  '::/129',
  'fe80::1%eth0/64',
  '10.0.0.0/-1',
  '10.0.0.0/8 ',
])('%p is none', (text) => {
  expect(cidrProblem(text)).toMatch(/^an address range such as/);
});

test.each(['203.0.113.7/24', '10.0.0.1/8', '2001:db8::1/64', '::1/0', '::ffff:10.0.0.1/104'])(
  '%s starts in the middle of its range',
  (range) => {
    expect(cidrProblem(range)).toMatch(/starts at its first address/);
  },
);

test('the prefix length of a range is returned with the width of its addresses', () => {
  expect(prefixOf('10.0.0.0/8')).toEqual({ length: 8, of: 32 });
  expect(prefixOf('2001:db8::/32')).toEqual({ length: 32, of: 128 });
});
