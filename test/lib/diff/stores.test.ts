import { movedStores } from '../../../lib/diff/stores';
import type { Change } from '../../../lib/manifests/change';

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

test('a bucket is told where it is a variable of a container, too', () => {
  const deployment = (...env: object[]) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api' },
    spec: { template: { spec: { containers: [{ name: 'api', env }] } } },
  });
  const bucket = (value: string) => deployment({ name: 'S3_BUCKET', value }, { name: 'LEVEL', value });
  const change = (before: object, after: object) => movedStores({ before, after } as unknown as Change);
  expect(change(bucket('documents'), bucket('pictures'))).toEqual([
    'S3_BUCKET of api leads to pictures instead of documents, which has none of its data unless it was moved there',
  ]);
  expect(change(bucket('documents'), bucket('documents'))).toEqual([]);
});
