import { compareValues } from '../../../lib/manifests/fields';

const shown = (before: unknown, after: unknown) =>
  compareValues(before, after, 'f').map(({ path, before: old, after: now }) => [path, old, now]);

test('the order of keys and undefined values are no difference', () => {
  expect(shown({ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1, d: undefined })).toEqual([]);
});

test('items are matched by name, independent of their order', () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ];
  const changed = [
    { name: 'C', value: '3' },
    { name: 'B', value: '2' },
    { name: 'A', value: '4' },
  ];
  expect(shown(env, changed)).toEqual([
    ['f[A].value', '1', '4'],
    ['f[C]', undefined, { name: 'C', value: '3' }],
  ]);
});

test('mounts of one volume are found by their paths, ports by number and protocol', () => {
  const mounts = [
    { name: 'v', mountPath: '/a' },
    { name: 'v', mountPath: '/b' },
  ];
  expect(shown(mounts, [mounts[0], { name: 'v', mountPath: '/b', readOnly: true }])).toEqual([
    ['f[/b].readOnly', undefined, true],
  ]);
  const ports = [
    { port: 53, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ];
  expect(shown(ports, [ports[1]])).toEqual([['f[53/TCP]', ports[0], undefined]]);
});

test('rules without a name are matched by what they have in common', () => {
  const rule = (component: string, port: number) => ({
    from: [{ podSelector: { matchLabels: { component } } }],
    ports: [{ port, protocol: 'TCP' }],
  });
  expect(shown([rule('a', 1), rule('b', 2), rule('c', 3)], [rule('c', 4), rule('a', 1)])).toEqual([
    ['f[0].ports[3/TCP]', { port: 3, protocol: 'TCP' }, undefined],
    ['f[0].ports[4/TCP]', undefined, { port: 4, protocol: 'TCP' }],
    ['f[1]', rule('b', 2), undefined],
  ]);
});

test('a changed order is one field', () => {
  const [a, b] = [{ name: 'a' }, { name: 'b' }];
  expect(shown([a, b], [b, a])).toEqual([['f', ['a', 'b'], ['b', 'a']]]);
});

test('lists of plain values are one field, and keys with dots are in brackets', () => {
  expect(shown({ 'a.b/c': ['x'] }, { 'a.b/c': ['x', 'y'] })).toEqual([['f["a.b/c"]', ['x'], ['x', 'y']]]);
});
