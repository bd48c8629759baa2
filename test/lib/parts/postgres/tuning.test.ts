import { tuning } from '../../../../lib/parts/postgres/tuning';

test('a server of 512 MiB for 100 clients', () => {
  expect(tuning('512Mi', 100)).toEqual({
    max_connections: '100',
    shared_buffers: '128MB',
    effective_cache_size: '307MB',
    work_mem: '1310kB',
    maintenance_work_mem: '25MB',
  });
});

test('the sort memory of all clients together is at most a quarter, for any number of clients', () => {
  for (const [memory, clients] of [
    ['1Gi', 100],
    ['8Gi', 400],
    ['64Gi', 5000],
  ] as const) {
    const kib = Number.parseInt(tuning(memory, clients).work_mem as string, 10);
    expect(kib * clients).toBeLessThanOrEqual((Number.parseInt(memory, 10) * 1024 * 1024) / 4);
  }
});

test.each([
  ['128Mi', 1000, { work_mem: '256kB', maintenance_work_mem: '16MB' }],
  ['256Gi', 10, { work_mem: '65536kB', maintenance_work_mem: '1024MB' }],
  ['1G', 100, { shared_buffers: '238MB' }],
])('%s for %d clients stays within sensible bounds', (memory, clients, expected) => {
  expect(tuning(memory, clients)).toMatchObject(expected);
});
