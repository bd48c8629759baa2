import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { registry } from '../../../charts';
import { contextsOf } from '../../../commands/shared/contexts';
import type { DocumentContext } from '../../../lib/document/context';
import { documentOf } from '../../../lib/document/document';
import type { Built } from '../../../lib/pipeline/build';
import { built } from '../../charts/application/application';
import { builtOf, withValue } from '../../leaves';
import { type Any, PROJECT, ROOT } from '../../support';

const fixture = (system: string): Any => parse(readFileSync(`${PROJECT}/environments/prod/${system}.yaml`, 'utf8'));

const textOf = (one: Built): string => documentOf(contextsOf(registry, [one], () => [])[0] as DocumentContext);

/** The sections of a document, by their titles. */
function sectionsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split('\n## ')
      .slice(1)
      .map((part) => [part.split('\n')[0] as string, part]),
  );
}

/** The titles of sections that differ. */
function changedSections(before: string, after: string): string[] {
  const [old, now] = [sectionsOf(before), sectionsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((title) => old.get(title) !== now.get(title));
}

const TENANTS = [{ slug: 'acme' }, { slug: 'globex' }];
const BEFORE = Object.fromEntries(
  ['salient', 'pliers'].map((system) => [
    system,
    textOf(builtOf({ system, tier: 'production', raw: fixture(system) }, TENANTS)),
  ]),
);

/** What one setting changes: the sections, a text that goes and one that comes. */
interface Case {
  readonly system: 'salient' | 'pliers';
  readonly path: string;
  readonly value: unknown;
  readonly sections: readonly string[];
  readonly goes?: string;
  readonly comes?: string;
}

const CASES: readonly Case[] = [
  {
    system: 'salient',
    path: 'chatApi.scale',
    value: { min: 4, max: 9, memory: 60 },
    sections: ['Services', 'Dependencies', 'Targets', 'Procedures', 'Cost', 'Checklist'],
    goes: '3 to 20, by CPU 70 %, memory 80 %',
    comes: '4 to 9, by memory 60 %',
  },
  {
    system: 'salient',
    path: 'adminApi.scale',
    value: { replicas: 1 },
    sections: [
      'Services',
      'Monitoring and alerts',
      'Dependencies',
      'Targets',
      'Disasters',
      'Procedures',
      'Cost',
      'Checklist',
    ],
    comes: '`admin-api`: one pod, which starts again elsewhere',
  },
  {
    system: 'salient',
    path: 'hosts.api',
    value: 'chat.salient.ai',
    sections: ['Network', 'Checklist', 'Troubleshooting', 'Verification'],
    goes: 'https://api.salient.ai/',
    comes: 'https://chat.salient.ai/',
  },
  {
    system: 'salient',
    path: 'admin.allowedFrom',
    value: ['198.51.100.7/32'],
    sections: ['Network', 'Checklist'],
    goes: '203.0.113.0/24',
    comes: '| `https://admin.salient.ai/api` | 198.51.100.7/32 |',
  },
  {
    system: 'salient',
    path: 'backups.hour',
    value: 22,
    sections: ['Services', 'Backup and recovery', 'Checklist'],
    comes: '| `restore-drill` | `2 2 * * *` UTC |',
  },
  {
    system: 'salient',
    path: 'backups.keep',
    value: { daily: 14, weekly: 0, monthly: 3 },
    sections: ['Backup and recovery'],
    goes: '7 daily, 4 weekly, 12 monthly',
    comes: '14 daily, 0 weekly, 3 monthly',
  },
  {
    system: 'salient',
    path: 'backups.drill',
    value: { rpo: '30h', rto: '90m', tenants: 2 },
    sections: ['Backup and recovery', 'Disasters'],
    goes: '| 24 h | 1 h | 5 tenants a day |',
    comes: '| 30 h | 90 min | 2 tenants a day |',
  },
  {
    system: 'salient',
    path: 'monitoring.p95.chatApi',
    value: '3s',
    sections: ['Targets', 'Monitoring and alerts'],
    goes: '`chat-api` 5 s',
    comes: '`chat-api` 3 s',
  },
  {
    system: 'salient',
    path: 'monitoring.availability',
    value: 99.5,
    sections: ['Targets', 'Monitoring and alerts'],
    goes: 'error budget (0.1 % of requests)',
    comes: 'error budget (0.5 % of requests)',
  },
  {
    system: 'salient',
    path: 'monitoring',
    value: { enabled: false },
    sections: [
      'Network',
      'Services',
      'Targets',
      'Monitoring and alerts',
      'Cost',
      'Future considerations',
      'Checklist',
      'Variables and secrets',
    ],
    goes: '| ServiceDown |',
    comes: 'There are no alerts: set monitoring.enabled in environments/prod/salient.yaml.',
  },
  {
    system: 'salient',
    path: 'secrets.prefix',
    value: 'elsewhere',
    sections: ['Variables and secrets', 'Targets', 'Disasters', 'Checklist'],
    goes: '`salient/jwt/secret`',
    comes: '`elsewhere/jwt/secret`',
  },
  {
    system: 'salient',
    path: 'secrets',
    value: { kind: 'manual', revision: 1 },
    sections: [
      'Variables and secrets',
      'Targets',
      'Disasters',
      'Procedures',
      'Future considerations',
      'Checklist',
      'Troubleshooting',
    ],
    comes: 'Secrets that a person creates',
  },
  {
    system: 'salient',
    path: 'logLevel',
    value: 'warning',
    sections: ['Monitoring and alerts'],
    goes: 'Log level info',
    comes: 'Log level warning',
  },
  {
    system: 'salient',
    path: 'logfire',
    value: true,
    sections: ['Dependencies', 'Network', 'Variables and secrets'],
    comes: '`LOGFIRE_TOKEN`',
  },
  {
    system: 'salient',
    path: 'database.addresses',
    value: ['10.99.0.0/24'],
    sections: ['Services', 'Network'],
    goes: '10.20.0.0-10.20.0.255',
    comes: '`10.99.0.0-10.99.0.255` | TCP 5432',
  },
  {
    system: 'salient',
    path: 'backend.tag',
    value: 'v9.9.9',
    sections: ['Services', 'Checklist'],
    goes: 'salient-backend:v1.2.3',
    comes: 'salient-backend:v9.9.9',
  },
  {
    system: 'salient',
    path: 'document',
    value: { owner: 'the chat team', declined: { caching: 'answers are never the same' }, approvedBy: 'A. Person' },
    sections: ['Architecture pattern', 'Decision record', 'Future considerations', 'Reviewers'],
    goes: 'set document.owner',
    comes: '| Caching | declined | answers are never the same |',
  },
  {
    system: 'pliers',
    path: 'redis',
    value: { kind: 'statefulset', storage: '3Gi' },
    sections: [
      'Services',
      'Dependencies',
      'Network',
      'Variables and secrets',
      'Targets',
      'Monitoring and alerts',
      'Backup and recovery',
      'Disasters',
      'Procedures',
      'Cost',
      'Future considerations',
      'Checklist',
      'Rolling update and rollback',
      'Troubleshooting',
      'Verification',
    ],
    comes: '--from=cronjob/redis-restore',
  },
  {
    system: 'pliers',
    path: 'database',
    value: {
      kind: 'cloudnative-pg',
      image: 'ghcr.io/cloudnative-pg/postgresql',
      tag: '16.10-system-trixie',
      storage: '30Gi',
      apiServer: { addresses: ['10.21.0.10/32'] },
      archive: { destination: 's3://archive/postgres', addresses: ['10.21.8.0/24'], retention: '21d' },
    },
    sections: [
      'Services',
      'Dependencies',
      'Network',
      'Variables and secrets',
      'Targets',
      'Monitoring and alerts',
      'Backup and recovery',
      'Disasters',
      'Procedures',
      'Cost',
      'Future considerations',
      'Checklist',
      'Rolling update and rollback',
      'Troubleshooting',
    ],
    comes: '| 21d | `s3://archive/postgres` |',
  },
  {
    system: 'pliers',
    path: 'rateLimit',
    value: { average: 7, burst: 8 },
    sections: ['Network'],
    comes: '7 requests per second and client address, 8 at once',
  },
  {
    system: 'pliers',
    path: 'edge',
    value: { kind: 'gateway', implementation: 'envoy', issuer: 'internal' },
    sections: ['Network', 'Targets', 'Monitoring and alerts', 'Checklist', 'Troubleshooting', 'Verification'],
    goes: 'issued by letsencrypt-prod',
    comes: '| yes | TLS at the edge | `pliers.example.com`: issued by internal',
  },
];

test.each(CASES)('$system: $path', ({ system, path, value, sections, goes, comes }) => {
  const before = BEFORE[system] as string;
  const after = textOf(builtOf({ system, tier: 'production', raw: withValue(fixture(system), path, value) }, TENANTS));
  expect(new Set(changedSections(before, after))).toEqual(new Set(sections));
  if (goes !== undefined) expect([before.includes(goes), after.includes(goes)]).toEqual([true, false]);
  if (comes !== undefined) expect([before.includes(comes), after.includes(comes)]).toEqual([false, true]);
});

test('a tenant more', () => {
  const raw = fixture('salient');
  const after = textOf(builtOf({ system: 'salient', tier: 'production', raw }, [...TENANTS, { slug: 'umbrella' }]));
  expect(after).toContain('password of the tenant umbrella');
  expect(after).toContain('Now there are 3.');
});

const APPLICATION = `pattern: api-only
hosts: { api: orders.example.com }
services:
  api: { image: ghcr.io/yourorg/orders-api, tag: v1.0.0 }
  ledger: { image: ghcr.io/yourorg/ledger, tag: v1.0.0, port: 8080, health: /health }
edge: { kind: ingress, issuer: letsencrypt-prod }
`;
const applicationOf = (text: string) => textOf(built({ 'prod/orders.yaml': text }).built);

test('a variable of an application is a connection, and in its diagram', () => {
  const before = applicationOf(APPLICATION);
  const after = applicationOf(
    APPLICATION.replace('tag: v1.0.0 }', 'tag: v1.0.0, env: { LEDGER_URL: { url: ledger } } }'),
  );
  expect(changedSections(before, after)).toEqual(['Dependencies', 'Network', 'Variables and secrets', 'Verification']);
  expect(after).toContain('| `orders-prod/api` | `orders-prod/ledger` | TCP 8080 |');
  expect(after).toContain('`LEDGER_URL`');
  expect(after).not.toContain('http://ledger');
});

test('words that are missing say which setting has them', () => {
  const text = applicationOf(APPLICATION);
  expect(text).toContain('| `api` | *not stated: set document.services.api in environments/prod/orders.yaml* |');
  expect(text).toContain('*not stated: set document.alternatives in environments/prod/orders.yaml*');
});

test('words that all environments share are said to be in their file', () => {
  const text = textOf(
    built({
      'orders.yaml': `document: { owner: the orders team }\n${APPLICATION}`,
      'prod/orders.yaml': 'logLevel: info\n',
    }).built,
  );
  expect(text).toContain('words are in environments/orders.yaml, numbers');
  expect(text).toMatch(/^From \[environments\/prod\/orders\.yaml\]\S+ and \[environments\/orders\.yaml\]/m);
  expect(text).toContain('*not stated: set document.approvedBy in environments/orders.yaml*');
});

test('what follows from requirements is a section', () => {
  const { built: one } = built({ 'prod/orders.yaml': APPLICATION });
  const rows = [
    { name: 'replicas of api', value: '15', from: 'requirements.users', formula: '⌈5 / 0.35⌉', source: 'HPA' },
  ];
  const text = textOf({ ...one, model: { ...(one.model as NonNullable<Built['model']>), requirements: rows } });
  expect(text).toContain('## Requirements and their arithmetic');
  expect(text).toContain('| replicas of api | 15 | ⌈5 / 0.35⌉ | HPA |');
});

test('what the rules find wrong is in the checklist', () => {
  const raw = withValue(fixture('pliers'), 'database.maxConnections', 20);
  expect(textOf(builtOf({ system: 'pliers', tier: 'production', raw }))).toMatch(
    /\| no \| Environment variables configured \| \d+ violations: npm run synth lists them \|/,
  );
});

test('the dump of a volume is got by restic, since no restore takes it in', () => {
  const invoices = readFileSync(`${ROOT}/test/fixtures/applications/invoices.yaml`, 'utf8');
  const text = textOf(built({ 'prod/invoices.yaml': invoices }).built);
  expect(text).toMatch(/^restic -r \S+\/volumes\/archive\/archive dump --host invoices-production latest \/dump >/m);
  expect(text).toMatch(/^\| The data of [^\n]*the newest dump of `archive-archive-dump`/m);
});
