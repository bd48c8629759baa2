import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '../../output/exchange';
import { folderWith } from '../support';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('two folders change places in one step', () => {
  const root = folderWith({ 'a/x': 'a', 'b/x': 'b' });
  expect(exchange(join(root, 'a'), join(root, 'b'))).toBe(true);
  expect([readFileSync(join(root, 'a/x'), 'utf8'), readFileSync(join(root, 'b/x'), 'utf8')]).toEqual(['b', 'a']);
});

test('where that cannot be done nothing happens', () => {
  const root = folderWith({ 'a/x': 'a' });
  expect(exchange(join(root, 'a'), join(root, 'nowhere'))).toBe(false);
  expect(readFileSync(join(root, 'a/x'), 'utf8')).toBe('a');
});
