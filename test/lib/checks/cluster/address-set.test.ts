import { AddressSet } from '../../../../lib/checks/cluster/address-set';

const set = (...cidrs: string[]) => AddressSet.of(cidrs.map((cidr) => ({ cidr })));

test('ranges are joined, and shown from first to last', () => {
  expect(set('10.0.0.0/24', '10.0.1.0/24', '192.0.2.7/32').toString()).toBe('10.0.0.0-10.0.1.255, 192.0.2.7');
  expect(set('2001:db8::/32').toString()).toBe('2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff');
  expect(set('10.0.0.0/32', '10.0.0.2/32', '10.0.0.4/32', '10.0.0.6/32').toString()).toMatch(
    /and 1 more|, 1 more ranges$/,
  );
});

test('exceptions are left out', () => {
  const internet = AddressSet.of([{ cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '192.168.0.0/16'] }]);
  expect(set('10.1.2.3/32').minus(internet).isEmpty).toBe(false);
  expect(set('8.8.8.8/32').minus(internet).isEmpty).toBe(true);
  expect(set('0.0.0.0/0').minus(internet).toString()).toBe('10.0.0.0-10.255.255.255, 192.168.0.0-192.168.255.255');
});

test('IPv4 and IPv6 are never mixed up', () => {
  expect(set('::/0').minus(set('0.0.0.0/0')).toString()).toMatch(/^::-ffff:/);
  expect(set('::ffff:0:0/96').minus(set('0.0.0.0/0')).isEmpty).toBe(false);
});

test.each(['', 'foo', '10.0.0.0', '10.0.0.0/33'])('%p is no address', (text) => {
  expect(set(text).isEmpty).toBe(true);
});

test('sets behave as sets of addresses do', () => {
  const cidrs = [
    '0.0.0.0/0',
    '10.0.0.0/8',
    '10.20.0.0/16',
    '10.20.0.0/24',
    '203.0.113.7/32',
    '2000::/3',
    '2001:db8::/32',
  ];
  for (const a of cidrs) {
    for (const b of cidrs) {
      const [left, right] = [set(a), set(b)];
      expect(left.plus(right).minus(right).plus(right).minus(left.plus(right)).isEmpty).toBe(true);
      expect(left.minus(right).minus(left).isEmpty).toBe(true);
      expect(left.minus(left).isEmpty).toBe(true);
      expect(left.plus(right).toString()).toBe(right.plus(left).toString());
    }
  }
});
