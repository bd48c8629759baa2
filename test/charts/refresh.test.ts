import type { ManifestObject } from '../../lib/manifests/object';
import { objectsOf, pliersSettings, pliersSystem, salientSettings, salientSystem } from '../systems';

/** The ExternalSecrets whose values are fetched by themselves. */
function hourly(objects: readonly ManifestObject[]): string[] {
  const external = objects.filter(({ kind }) => kind === 'ExternalSecret');
  expect(external.length).toBeGreaterThan(3);
  return external.flatMap(({ metadata, spec }) => {
    const { refreshPolicy, refreshInterval } = spec;
    if (refreshPolicy === 'OnChange' && refreshInterval === undefined) return [];
    expect([refreshPolicy, refreshInterval]).toEqual([undefined, '1h']);
    return [metadata.name];
  });
}

const { cache, main } = { cache: pliersSettings('prod').redis, main: salientSettings('dev').database };
const { name: _, driver: __, ...eu } = main as typeof main & { readonly kind: 'statefulset' };

test.each([
  ['salient in prod', salientSystem('prod', { logfire: true }), ['logfire-external-secret', 'backup-external-secret']],
  [
    'salient on CloudNativePG',
    salientSystem('staging'),
    ['postgres-archive-external-secret', 'backup-external-secret', 'logfire-external-secret'],
  ],
  [
    'salient with a server of one pod',
    salientSystem('prod', { database: main, tenantServers: { eu } }),
    ['backup-external-secret'],
  ],
  ['pliers in prod', pliersSystem('prod'), ['backup-external-secret']],
  ['pliers in staging', pliersSystem('staging'), ['backup-external-secret']],
  ["pliers with a Redis of somebody else's", pliersSystem('staging', { redis: cache }), ['backup-external-secret']],
] as const)('in %s only Secrets without a password of a role are fetched by themselves', (_name, system, expected) => {
  expect(hourly(objectsOf(system)).sort()).toEqual([...expected].sort());
});
