import type { ZodType } from 'zod';
import { shardOf, type Tenant, type TenantsContext, tenantsSchema } from '../../charts/salient/tenant-list';
import { formatLocation } from '../../lib/base/problem';
import { parse } from '../../lib/config/parse';
import { readYaml, type YamlFile } from '../../lib/config/yaml-file';

const context: TenantsContext = {
  tenantServers: { eu: {} },
  pgbouncer: { poolSize: 5, replicas: 2 },
  backups: {},
  secrets: { kind: 'external', store: { kind: 'aws' }, tenantShards: 1 },
};

function read(text: string, given: TenantsContext | undefined = context) {
  const yaml = readYaml('tenants.yaml', Buffer.from(text)) as YamlFile;
  const result = parse(tenantsSchema(given) as ZodType<Tenant[]>, yaml);
  return 'problems' in result
    ? { tenants: [], problems: result.problems.map((one) => `${formatLocation(one)}: ${one.message}`) }
    : { tenants: result.value, problems: [] };
}
const problemsOf = (text: string, given?: TenantsContext) => read(text, given).problems;

test('a slug is enough', () => {
  expect(read('- slug: acme\n').tenants).toEqual([{ slug: 'acme', server: 'main', state: 'active', revision: 1 }]);
});

test('the list may be empty', () => {
  expect(read('[]\n')).toEqual({ tenants: [], problems: [] });
});

test('a tenant may have more settings', () => {
  const text =
    '- { slug: 3m-europe, name: "3M \'Europe\'; --", server: eu, pool: 4, connectionLimit: 20, state: suspended, revision: 7 }\n';
  expect(read(text).tenants).toEqual([
    {
      slug: '3m-europe',
      name: "3M 'Europe'; --",
      server: 'eu',
      pool: 4,
      connectionLimit: 20,
      state: 'suspended',
      revision: 7,
    },
  ]);
});

test.each([
  ['Acme'],
  ['acme_corp'],
  ['-acme'],
  ['acme-'],
  ['acme--corp'],
  ['acme.corp'],
  ["'; drop table tenant_registry; --"],
  ['ácme'],
  ['salient_admin'],
  ['a'.repeat(64)],
  ['a'.repeat(51)],
])('the slug %p is refused with its place and the expected form', (slug) => {
  const [problem, ...others] = problemsOf(`- slug: ${JSON.stringify(slug)}\n`);
  expect(others).toEqual([]);
  expect(problem).toMatch(
    /^tenants\.yaml:1:9: entry 1, slug: given ".*expected a slug of at most 50 lower-case letters/,
  );
});

test.each(['postgres', 'template0', 'template1', 'pgbouncer', 'salient-admin', 'admin'])(
  'the slug %s is reserved',
  (slug) => {
    expect(problemsOf(`- slug: ${slug}\n`)).toEqual([
      expect.stringContaining(`given "${slug}", expected another slug: this one is reserved`),
    ]);
  },
);

test('PostgreSQL does not truncate the database name of the longest slug', () => {
  expect(problemsOf(`- slug: ${'a'.repeat(50)}\n`)).toEqual([]);
});

test('a slug is unique: the error names the place of the first one', () => {
  expect(problemsOf('- slug: acme\n- slug: globex\n- slug: acme\n')).toEqual([
    'tenants.yaml:3:9: entry 3, slug: given "acme", expected a slug of its own; it is that of entry 1, too',
  ]);
});

test('a display name is one line', () => {
  expect(problemsOf('- { slug: acme, name: "a\\tb" }\n')).toEqual([
    expect.stringContaining('expected a name of 1 to 200 characters on one line'),
  ]);
});

test('a server has to be one of the environment', () => {
  expect(problemsOf('- { slug: acme, server: us }\n')).toEqual([
    'tenants.yaml:1:25: entry 1, server: given "us", expected one of main, eu',
  ]);
});

describe('removing a tenant', () => {
  test('needs a confirmation', () => {
    expect(problemsOf('- { slug: acme, state: removed, confirm: drop acme }\n')).toEqual([]);
    for (const confirm of ['', ', confirm: yes', ', confirm: drop globex']) {
      expect(problemsOf(`- { slug: acme, state: removed${confirm} }\n`)).toEqual([
        expect.stringContaining(
          'expected "drop acme", since state: removed deletes its data after a last dump; to keep them, delete the entry',
        ),
      ]);
    }
  });

  test('needs backups, which keep its last dump', () => {
    const { backups: _, ...without } = context;
    expect(problemsOf('- { slug: acme, state: removed, confirm: drop acme }\n', without)).toEqual([
      expect.stringContaining('expected backups in this environment'),
    ]);
  });

  test('cannot be confirmed in advance', () => {
    expect(problemsOf('- { slug: acme, confirm: drop acme }\n')).toEqual([
      expect.stringContaining('expected nothing, without state: removed'),
    ]);
  });
});

describe('the JSON secrets of the passwords', () => {
  const thousand = Array.from({ length: 1000 }, (_, index) => `- slug: tenant-number-${index}\n`).join('');
  const stored = (kind: 'aws' | 'azure' | 'vault', tenantShards: number): TenantsContext => ({
    ...context,
    secrets: { kind: 'external', store: { kind }, tenantShards },
  });

  test('are as many as the size limit of the store needs', () => {
    expect(problemsOf(thousand, stored('aws', 1))).toEqual([
      'tenants.yaml:1:1: given a list of 1000, expected secrets.tenantShards: 2, since 1 JSON secret of at most 65536 bytes cannot hold the passwords of 1000 tenants',
    ]);
    expect(problemsOf(thousand, stored('aws', 2))).toEqual([]);
    expect(problemsOf(thousand, stored('azure', 2))).toEqual([expect.stringContaining('secrets.tenantShards: 4')]);
    expect(problemsOf(thousand, stored('vault', 1))).toEqual([]);
    expect(problemsOf(thousand, { ...context, secrets: { kind: 'manual' } })).toEqual([]);
  });

  test('hold the tenants evenly, and one more moves tenants only to itself', () => {
    const slugs = Array.from({ length: 1000 }, (_, index) => `t${index}`);
    const sizes = [0, 1, 2, 3].map((shard) => slugs.filter((slug) => shardOf(slug, 4) === shard).length);
    for (const size of sizes) expect(Math.abs(size - 250)).toBeLessThan(60);
    const moved = slugs.filter((slug) => shardOf(slug, 4) !== shardOf(slug, 5));
    expect(moved.length).toBeLessThan(300);
    expect(new Set(moved.map((slug) => shardOf(slug, 5)))).toEqual(new Set([4]));
  });

  test('have a stable distribution', () => {
    expect(['acme', 'globex', 'initech', 'umbrella'].map((slug) => shardOf(slug, 10))).toEqual(
      ['acme', 'globex', 'initech', 'umbrella'].map((slug) => shardOf(slug, 10)),
    );
    expect(['acme', 'globex', 'initech', 'umbrella'].map((slug) => shardOf(slug, 10))).toMatchInlineSnapshot(`
[
  7,
  1,
  3,
  8,
]
`);
  });
});
