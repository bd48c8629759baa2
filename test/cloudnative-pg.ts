import { addresses } from '../lib/model/connection';
import type { CloudNativePgProps } from '../lib/model/postgres-cluster';
import { manualSecret, sample } from './construct';

const namespace = 'shop-data';
const keys = manualSecret(namespace, 'archive-keys', ['ID', 'KEY']);

/** A cluster with two databases, and an archive with an access key. */
export function clusterProps(changed: Partial<CloudNativePgProps> = {}): CloudNativePgProps {
  const { image } = sample().containers[0];
  return {
    system: 'shop',
    namespace,
    serverName: 'main',
    image: { ...image, tag: '17.6-system-trixie' },
    instances: 3,
    maxConnections: 100,
    reserved: 10,
    resources: { cpu: { request: '500m', limit: '1' }, memory: { request: '1Gi', limit: '1Gi' } },
    size: '20Gi',
    database: { name: 'shop', owner: 'shop_owner' },
    databases: [{ name: 'tenant_acme_corp', owner: 'tenant_acme_corp' }],
    roles: [],
    archive: {
      destination: 's3://archive/shop',
      credentials: { accessKeyId: { secret: keys, key: 'ID' }, secretAccessKey: { secret: keys, key: 'KEY' } },
      connectsTo: [addresses('the archive', ['10.30.0.0/24'], 443, 's3')],
      retention: '30d',
      schedule: '0 0 1 * * *',
    },
    operator: 'cnpg-system',
    apiServer: [addresses('the API server', ['10.0.0.10/32'], 6443)],
    ...changed,
  };
}
