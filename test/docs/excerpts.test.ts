import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { registry } from '../../charts';
import { composeSchema } from '../../lib/config/compose';
import { loadEnvironments } from '../../lib/config/load';
import { pricesSchema } from '../../lib/config/prices';
import { renderSchema } from '../../lib/config/render';
import { type Any, folderWith, PROJECT, ROOT } from '../support';
import { synth } from '../synth';
import { blocksOf, PAGES } from './pages';

const fixture = (file: string) => readFileSync(join(PROJECT, 'environments', file), 'utf8');

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with environment files, or undefined. */
function wrongWith(files: Readonly<Record<string, string>>, environment: string): string | undefined {
  const entries = Object.entries(files).map(([file, text]) => [`environments/${file}`, text]);
  const root = folderWith(Object.fromEntries(entries));
  try {
    loadEnvironments(root, [environment], registry.in(root).schemas);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** A file of prod in which settings are replaced, each as a whole or, where both are mappings, key by key. */
function changed(file: string, settings: Record<string, unknown>, deep: boolean): string {
  const before = parse(fixture(file)) as Record<string, unknown>;
  const after = Object.entries(settings).map(([key, value]) => {
    const old = before[key];
    return [key, deep && isMapping(old) && isMapping(value) ? { ...old, ...value } : value];
  });
  return stringify({ ...before, ...Object.fromEntries(after) });
}

/** What is wrong with an excerpt of a file with settings: the shortest answer of the files that it may be from; none if one accepts it. */
function refusal(settings: Record<string, unknown>): string | undefined {
  const beside: Readonly<Record<string, string[]>> = {
    'prod/salient.yaml': ['prod/tenants.yaml'],
    'prod/pliers.yaml': [],
    'prod/three-tier.yaml': ['three-tier.yaml'],
    'prod/platform.yaml': [],
  };
  const answers: string[] = [];
  for (const [file, others] of Object.entries(beside)) {
    for (const deep of [true, false]) {
      const files = Object.fromEntries(others.map((other) => [other, fixture(other)]));
      const answer = wrongWith({ ...files, [file]: changed(file, settings, deep) }, 'prod');
      if (answer === undefined) return undefined;
      answers.push(answer);
    }
  }
  return answers.sort((one, other) => one.length - other.length)[0];
}

/** The settings of `environments/compose.yaml` and `environments/render.yaml`: by system and environment. */
function isByEnvironment(settings: Record<string, unknown>): boolean {
  const systems = [...Object.keys(registry.systems), 'three-tier'];
  return Object.keys(settings).every((key) => systems.includes(key));
}

/** What is wrong with an excerpt in YAML, or undefined. */
async function wrongIn(text: string): Promise<string | undefined> {
  const settings = parse(text) as Any;
  if (Array.isArray(settings))
    return wrongWith({ 'prod/salient.yaml': fixture('prod/salient.yaml'), 'prod/tenants.yaml': text }, 'prod');
  if ('pattern' in settings) {
    const [, environment = 'dev'] = /^# environments\/(\w+)\//.exec(text) ?? [];
    const { status, stderr } = await synth(folderWith({ [`environments/${environment}/tickets.yaml`]: text }));
    return status === 0 ? undefined : stderr;
  }
  if ('tier' in settings)
    return wrongWith(
      { 'qa/environment.yaml': text, 'qa/salient.yaml': fixture('staging/salient.yaml'), 'qa/tenants.yaml': '[]' },
      'qa',
    );
  if (isByEnvironment(settings)) {
    const read = [composeSchema, renderSchema].map((schema) => schema.safeParse(settings));
    return read.some(({ success }) => success) ? undefined : read[0]?.error?.message;
  }
  if ('clusters' in settings) {
    const prices = parse(readFileSync(join(ROOT, 'test/fixtures/prices.yaml'), 'utf8')) as Record<string, object>;
    const all = Object.entries(settings).map(([key, value]) => [key, { ...prices[key], ...(value as object) }]);
    return pricesSchema.safeParse({ ...prices, ...Object.fromEntries(all) }).error?.message;
  }
  return refusal(settings);
}

const EXCERPTS = blocksOf(PAGES).filter(({ language }) => language === 'yaml');

test('pages have excerpts of environment files', () => expect(EXCERPTS.length).toBeGreaterThan(12));

test.each(EXCERPTS.map(({ file, text }) => [file, text]))('an excerpt of %s is accepted: %s', async (_, text) => {
  expect(await wrongIn(text)).toBeUndefined();
});

test.each([
  ['a wrong value', 'backend: { image: ghcr.io/yourorg/salient-backend, tag: latest }', /backend\.tag: given "latest"/],
  ['an unknown setting', 'chatApy: { scale: { replicas: 1 } }', /chatApy: given an unknown key/],
  ['a wrong tenant', '- slug: Acme', /slug/],
  ['a wrong tier', 'tier: quality', /tier/],
  ['a wrong port of compose', 'salient: { dev: { ports: { chat-api: none } } }', /ports/],
  ['a broken rule', 'pattern: api-only\nhosts: { api: a.localhost }\nservices: { api: { tag: latest } }\n', /image/],
])('%s is found', async (_, text, message) => {
  expect(await wrongIn(text)).toMatch(message);
});
