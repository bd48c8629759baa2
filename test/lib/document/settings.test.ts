import { z } from 'zod';
import { jsonSchemaOf } from '../../../lib/config/editor-schema';
import { count, text } from '../../../lib/config/fields';
import { settingsPage } from '../../../lib/document/settings/page';
import { rowsOf } from '../../../lib/document/settings/rows';

const rows = (schema: z.ZodType) => rowsOf(jsonSchemaOf(schema));

test('a row says what a setting takes, its default or that it is needed, and what it means', () => {
  const schema = z.strictObject({
    host: text(/^[a-z.]+$/, 'a host such as db.example.com').describe('Where it is'),
    size: count(1, 9).default(3).describe('How many'),
    on: z.boolean().optional().describe('Whether'),
    level: z.enum(['low', 'high']).default('low').describe('How much'),
    names: z.array(text(/^a$/, 'a text such as a')).default([]).describe('Several'),
    whole: z.int().min(2).optional().describe('No upper bound'),
  });
  expect(rows(schema)).toEqual([
    {
      path: 'host',
      takes: 'a host such as db.example.com',
      usual: 'needed',
      example: '`db.example.com`',
      meaning: 'Where it is',
    },
    { path: 'size', takes: 'a whole number from 1 to 9', usual: '`3`', example: '`3`', meaning: 'How many' },
    { path: 'on', takes: '`true` or `false`', usual: '', example: '`true`', meaning: 'Whether' },
    { path: 'level', takes: '`low`, `high`', usual: '`low`', example: '`low`', meaning: 'How much' },
    { path: 'names', takes: 'a list of: a text such as a', usual: '', example: '`[a]`', meaning: 'Several' },
    { path: 'whole', takes: 'a whole number, at least 2', usual: '', example: '`2`', meaning: 'No upper bound' },
  ]);
});

test('a setting that exists only to be refused has no row', () => {
  expect(rows(z.strictObject({ a: z.int(), no: z.never().optional() })).map(({ path }) => path)).toEqual(['a']);
});

test('settings of one kind name it; those of all kinds do not; and the key of the kind explains each', () => {
  const common = { port: count(1, 9).describe('Its port') };
  const server = z.discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('external'), host: z.string().describe('Its host'), ...common })
      .describe('Elsewhere'),
    z.strictObject({ kind: z.literal('pod'), ...common }).describe('In the cluster'),
  ]);
  const found = rows(z.strictObject({ server: server.describe('The server') }));
  expect(found.map(({ path, kinds }) => [path, kinds])).toEqual([
    ['server', undefined],
    ['server.kind', undefined],
    ['server.host', ['external']],
    ['server.port', undefined],
  ]);
  expect(found[1]).toMatchObject({ meaning: '`external`: Elsewhere. `pod`: In the cluster', usual: 'needed' });
});

test('kinds within a kind are told apart by their own key', () => {
  const schema = z.strictObject({
    edge: z.union([
      z.strictObject({ kind: z.literal('a'), own: z.int() }).describe('A'),
      z.discriminatedUnion('by', [
        z.strictObject({ kind: z.literal('b'), by: z.literal('x'), ports: z.int() }).describe('X'),
        z.strictObject({ kind: z.literal('b'), by: z.literal('y') }).describe('Y'),
      ]),
    ]),
  });
  const found = rows(schema).map(({ path, kinds = [] }) => [path, ...kinds]);
  expect(found).toEqual([['edge'], ['edge.kind'], ['edge.own', 'a'], ['edge.by', 'b'], ['edge.ports', 'x']]);
});

test('a mapping that another place has, too, is described once', () => {
  const scale = z.strictObject({ min: z.int(), max: z.int(), cpu: z.int() });
  const schema = z.strictObject({
    one: scale.describe('The first'),
    two: z.record(z.string(), scale).describe('Others'),
  });
  expect(rows(schema).map(({ path, meaning }) => `${path}: ${meaning}`)).toEqual([
    'one: The first',
    'one.min: ',
    'one.max: ',
    'one.cpu: ',
    'two: Others. The keys of `one`',
  ]);
});

test('the page tells defaults that differ between tiers', () => {
  const schemaOf = (development: boolean) => jsonSchemaOf(z.strictObject({ trace: z.boolean().default(!development) }));
  const page = settingsPage({
    title: 'shop',
    file: 'environments/<environment>/shop.yaml',
    tiers: [
      { tier: 'development', schema: schemaOf(true) },
      { tier: 'staging', schema: schemaOf(false) },
      { tier: 'production', schema: schemaOf(false) },
    ],
  });
  expect(page).toContain(
    '| `trace` | `true` or `false` | development: `false`<br>staging, production: `true` | `false` | – |',
  );
});
