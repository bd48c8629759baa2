import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Base } from './leaves';
import { type Any, PROJECT } from './support';

const fixture = (environment: string, file: string): Any =>
  parse(readFileSync(`${PROJECT}/environments/${environment}/${file}.yaml`, 'utf8'));

const certificate = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const managed = { kind: 'external', host: 'db2.example.com', addresses: ['10.22.0.0/24'], maxConnections: 400 };
const external = { ...managed, unverified: 'a test' };
const verified = { ...managed, ca: certificate('A') };
const pod = {
  kind: 'statefulset',
  image: 'docker.io/library/postgres',
  tag: '16.15-alpine',
  storage: '2Gi',
  tls: 'tls',
};
const stores = {
  azure: {
    kind: 'azure',
    vaultUrl: 'https://v.vault.azure.net',
    tenantId: '11111111-2222-3333-4444-555555555555',
    clientId: '11111111-2222-3333-4444-555555555556',
  },
  vault: { kind: 'vault', server: 'https://vault.example.com', role: 'app' },
};
const traefik = { kind: 'traefik', issuer: 'letsencrypt' };
const ingress = { kind: 'ingress', issuer: 'letsencrypt' };
const rateLimit = { average: 50, burst: 200 };
/** Backups to a volume instead of a store. */
const onVolume = { repository: '/backups', claim: 'nas', addresses: undefined };
const scale = { min: 2, max: 4, cpu: 70 };
/** An image for the drill of an archive. */
const image = { image: 'example.com/drill', tag: '16.1-x' };
const own = { image: 'example.com/own', tag: 'v1.0.0' };
const monitoring = {
  enabled: true,
  path: '/metrics',
  port: 9464,
  prometheus: { namespace: 'monitoring' },
  metrics: { requests: { duration: 'duration', status: 'status' }, ai: { prices: { input: 1, output: 2 } } },
};

/** Each system with settings that together have every variant of every setting. The quickest ones are first. */
export function bases(): Base[] {
  const of = (system: string, tier: Base['tier'], raw: object): Base => ({
    system,
    tier,
    raw: JSON.parse(JSON.stringify(raw)), // without parts that are one object
  });
  return [...ephitups(of), ...plierses(of), ...salients(of)];
}

type Of = (system: string, tier: Base['tier'], raw: object) => Base;

function ephitups(of: Of): Base[] {
  const [prod, staging, dev] = ['prod', 'staging', 'dev'].map((name) => fixture(name, 'ephitup'));
  const split = { api: { scale, own }, worker: { scale, own }, frontend: { scale, own } };
  return [
    of('ephitup', 'production', {
      ...prod,
      split,
      rateLimit,
      monitoring,
      s3: { ...prod.s3, addresses: ['10.22.0.0/24'] },
    }),
    of('ephitup', 'staging', {
      ...staging,
      database: { kind: 'external', host: 'db.example.com', addresses: ['10.22.0.0/24'] },
      secrets: { kind: 'external', store: stores.azure },
    }),
    of('ephitup', 'development', {
      ...dev,
      edge: traefik,
      secrets: { kind: 'external', store: stores.vault },
      backups: { ...prod.backups, ...onVolume },
    }),
  ];
}

function plierses(of: Of): Base[] {
  const [prod, staging] = ['prod', 'staging'].map((name) => fixture(name, 'pliers'));
  const { api, ai, web } = prod.services;
  const { name: _, driver: __, ...operated } = fixture('staging', 'salient').database;
  const replicas = { replicas: 2 };
  return [
    of('pliers', 'production', {
      ...prod,
      edge: ingress,
      rateLimit,
      monitoring,
      services: { api, ai: { ...ai, scale }, web: { ...web, scale } },
      backups: { ...prod.backups, drill: { server: verified } },
      database: { ...prod.database, unverified: undefined, ca: certificate('A') },
    }),
    of('pliers', 'staging', {
      ...staging,
      services: { api: { ...api, scale: replicas }, ai: { ...ai, scale: replicas }, web: { ...web, scale: replicas } },
      secrets: { kind: 'external', store: stores.vault },
      database: { ...pod, storage: '20Gi' },
      backups: { ...prod.backups, drill: { server: pod } },
    }),
    of('pliers', 'production', {
      ...prod,
      monitoring,
      database: { ...operated, archive: { ...operated.archive, drill: { image } }, pgbouncer: {} },
      secrets: { ...prod.secrets, store: stores.azure },
      backups: { ...prod.backups, ...onVolume },
    }),
  ];
}

function salients(of: Of): Base[] {
  const [prod, staging, dev] = ['prod', 'staging', 'dev'].map((name) => fixture(name, 'salient'));
  const cluster = { ...staging.database, archive: { ...staging.database.archive, drill: { image } } };
  const replicas = { replicas: 2 };
  return [
    of('salient', 'development', {
      ...dev,
      chatApi: { scale: replicas },
      edge: traefik,
      database: pod,
      tenantServers: { eu: pod },
      secrets: { kind: 'external', store: stores.vault },
      backups: { ...prod.backups, drill: { server: pod } },
    }),
    of('salient', 'production', {
      ...prod,
      monitoring,
      adminApi: { scale },
      adminUi: { ...prod.adminUi, scale },
      database: { ...prod.database, unverified: undefined, ca: certificate('A') },
      tenantServers: { eu: verified },
      backups: { ...prod.backups, drill: { server: verified } },
    }),
    of('salient', 'staging', {
      ...staging,
      database: cluster,
      tenantServers: { eu: cluster },
      secrets: { kind: 'external', store: stores.azure },
      backups: { ...staging.backups, ...onVolume },
    }),
  ];
}

/** Other mappings for a setting with variants, by the path of its `kind`, of which each system accepts one. */
const VARIANTS: Readonly<Record<string, readonly unknown[]>> = {
  'database.kind': [verified, pod, { ...external, maxConnections: undefined }],
  'tenantServers.*.kind': [verified, pod],
  'backups.drill.server.kind': [pod, verified],
  'redis.kind': [{ kind: 'statefulset' }],
  'edge.kind': [{ kind: 'traefik', issuer: 'letsencrypt-prod' }],
  'secrets.kind': [{ kind: 'manual' }],
  'secrets.store.kind': [stores.azure],
};

/** Another value by the setting's path, where its last part does not tell. */
const BY_PATH: Readonly<Record<string, unknown>> = {
  'monitoring.p95.api': '4s',
  'monitoring.prometheus.labels': { app: 'other' },
  'monitoring.enabled': false,
  'services.ai.gpu.nodes': { 'example.com/gpu': 'yes' },
  'edge.implementation': 'traefik',
  'edge.controller.labels': { app: 'other' },
  'secrets.store.path': 'other',
  'backups.keep.daily': 1,
  'backups.keep.weekly': 1,
  'backups.keep.monthly': 1,
  'database.archive.drill.image.tag': '16.2-x',
  'database.instances': 1,
  'tenantServers.*.archive.drill.image.tag': '16.2-x',
  'tenantServers.*.instances': 1,
  'database.name': 'other',
  shape: 'single',
  ...Object.fromEntries(
    ['alternatives', 'targets', 'costs', 'declined'].map((key) => [`document.${key}`, { other: 'because' }]),
  ),
  ...Object.fromEntries(
    ['benefits', 'drawbacks', 'reviewedBy', 'services.*.dependencies', 'services.*.files'].map((key) => [
      `document.${key}`,
      ['other'],
    ]),
  ),
};

/** Another value by the last part of a setting's path. */
const BY_KEY: Readonly<Record<string, unknown>> = {
  addresses: ['10.99.0.0/24'],
  admin: 'other.example.com',
  adminApi: '4s',
  adminUi: '4s',
  ai: '4s',
  allowedFrom: ['198.51.100.0/24'],
  api: 'other.example.com',
  app: 'other.example.com',
  bucket: 'other-bucket',
  ca: certificate('B'),
  cdn: 'https://cdn.example.com',
  chatApi: '4s',
  clientId: '31111111-2222-3333-4444-555555555555',
  cpu: '333m..999m',
  destination: 's3://other/path',
  digest: `sha256:${'0'.repeat(64)}`,
  endpoint: 'https://other.example.com',
  finish: '31m',
  frontend: '4s',
  gpu: '2',
  health: '/api/other',
  host: 'other.example.com',
  idle: '16m',
  image: 'example.com/other/image',
  imagePullSecrets: ['other'],
  labels: { app: 'other' },
  largest: '11Gi',
  longestTransaction: '61s',
  memory: '300Mi..900Mi',
  nodeLocal: ['169.254.20.11/32'],
  path: '/other',
  ports: [444],
  refresh: '2h',
  region: 'eu-west-1',
  repository: 's3:https://s3.example.com/other',
  resource: 'example.com/gpu',
  retention: '7d',
  roleArn: 'arn:aws:iam::123456789012:role/other',
  root: 'It has to, for now',
  rpo: '23h',
  rto: '2h',
  schedule: '0 0 3 * * 0',
  server: 'https://other.example.com',
  storage: '1Gi',
  storageClass: 'other',
  tag: '17.9.9-system-x',
  taint: 'example.com/gpu',
  tenantId: '21111111-2222-3333-4444-555555555555',
  variable: 'OTHER_URL',
  vaultUrl: 'https://other.vault.azure.net',
  web: '4s',
};

/** Other values for a setting, of which one may be refused where another is not. */
export function otherValues(path: string, schemas: readonly Any[], present: unknown): unknown[] {
  const key = path.split('.').at(-1) as string;
  if (path in VARIANTS) return [...(VARIANTS[path] as unknown[])];
  if (path in BY_PATH) return [BY_PATH[path]];
  const values = schemas.flatMap((schema): unknown[] => {
    const known = [schema.enum ?? [], schema.const ?? []].flat();
    if (known.length > 0) return known;
    if (schema.type === 'boolean') return [present !== true];
    if (schema.type !== 'integer' && schema.type !== 'number') return [BY_KEY[key] ?? 'other'];
    const now = Number(present ?? schema.default ?? schema.minimum ?? 1);
    return [now + 1, now - 1];
  });
  return values.filter((one) => JSON.stringify(one) !== JSON.stringify(present));
}
