import type { Change } from '../../../lib/diff/change';
import { movedStores } from '../../../lib/diff/stores';

test('a queue that programs leave for another one is told: its messages stay behind', () => {
  const configMap = (BROKER: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { BROKER },
  });
  const change = (before: string, after: string) =>
    movedStores({ before: configMap(before), after: configMap(after) } as unknown as Change);
  expect(change('amqps://app@old.example.com:5671/jobs', 'amqps://app@new.example.com:5671/jobs')).toEqual([
    'BROKER leads to new.example.com:5671/jobs instead of old.example.com:5671/jobs, which has none of its data unless it was moved there',
  ]);
  expect(change('amqp://app@mq.example.com:5672/jobs', 'amqps://app@mq.example.com:5672/jobs')).toEqual([]);
});
