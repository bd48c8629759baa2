// Says what secrets an environment needs: `npm run secrets -- --env NAME [--system NAME] [--listing FILE|-]`.

import { readFileSync } from 'node:fs';
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { formatTable } from '../lib/base/table';
import { environmentNames } from '../lib/config/load';
import { type BuiltSystem, buildEnvironments, isSystem } from '../lib/pipeline/build';
import type { Io } from '../lib/pipeline/program';
import { Program } from '../lib/pipeline/program';
import { commandFor } from '../lib/pipeline/secret-commands';
import { type RemoteKey, type StoreNeeds, storeNeeds } from '../lib/pipeline/store-needs';
import { type Listing, readListing, type State, stateOf, stateOfKey } from './secrets/listing';
import type { Provider } from './secrets/provider';
import { providerOf } from './secrets/providers';
import { scriptFor } from './secrets/script';

const HELP = `Says what secrets an environment needs, who reads them and how they come into being. It knows no values.

  npm run secrets -- --env prod                        keys, the policy of who reads them, and what creates them
  npm run secrets -- --env prod --system salient       of one system alone
  npm run secrets -- --env prod --listing FILE         which are missing in a listing of the store (- for standard input):
                                                       JSON of aws secretsmanager list-secrets, az keyvault secret list
                                                       or vault kv list, or lines 'key' and 'key:property'
  npm run secrets -- --env prod --oidc-provider URL    whose tokens the store trusts: the issuer of the cluster
  npm run -s secrets -- --env prod --only create       one part alone: keys, policy, trust, create, listing
  npm run -s secrets -- --env prod --format json       for programs`;

const PARTS = ['keys', 'policy', 'trust', 'create', 'listing'] as const;
type Part = (typeof PARTS)[number];

/** A store, how it is made ready, and what it lacks. */
interface StoreReport {
  readonly needs: StoreNeeds;
  readonly provider: Provider;
  readonly listing?: Listing;
}

/** One line of the list: a value, or a key that has none yet. */
interface SecretLine {
  readonly key: string;
  readonly property?: string;
  readonly about: string;
  readonly from: string;
  readonly readers: readonly string[];
  readonly state?: State;
}

function linesOf({ key, needs }: RemoteKey, readers: readonly string[], listing: Listing | undefined): SecretLine[] {
  const state = (of: State | undefined) => of !== undefined && { state: of };
  if (needs.length === 0) {
    const known = state(listing && stateOfKey({ key }, listing));
    return [{ key, about: 'a JSON object, {} until there is somebody', from: 'you', readers, ...known }];
  }
  return needs.map((need) => ({
    key,
    ...(need.property !== undefined && { property: need.property }),
    about: need.about,
    from: need.random ? 'random' : 'you',
    readers: need.readers.map(({ namespace, store, serviceAccount }) => `${namespace}/${store} as ${serviceAccount}`),
    ...state(listing && stateOf(need, listing)),
  }));
}

function listOf({ needs, listing }: StoreReport): SecretLine[] {
  const readers = needs.readers.map(
    ({ namespace, store, serviceAccount }) => `${namespace}/${store} as ${serviceAccount}`,
  );
  return needs.keys.flatMap((key) => linesOf(key, readers, listing));
}

function keysText(store: StoreReport): string {
  const lines = listOf(store);
  const judged = store.listing !== undefined;
  const rows = lines.map(({ key, property = '', about, from, readers, state = '' }) => [
    ...(judged ? [state] : []),
    key,
    property,
    about,
    from,
    readers.join(', '),
  ]);
  const heading = [...(judged ? ['STATE'] : []), 'KEY', 'PROPERTY', 'WHAT IT IS', 'FROM', 'READ BY'];
  const count = (state: State) => lines.filter((line) => line.state === state).length;
  const unknown =
    count('not judged') > 0
      ? `; ${count('not judged')} not judged, since names alone do not tell (--only listing)`
      : '';
  return [
    `# ${store.provider.title}`,
    formatTable([heading, ...rows]),
    ...(judged ? [`${count('missing')} of ${lines.length} missing${unknown}`] : []),
  ].join('\n');
}

const TEXTS: { readonly [Name in Part]: (store: StoreReport) => string } = {
  keys: keysText,
  policy: ({ provider }) => provider.policy.text,
  trust: ({ provider }) => provider.trust.text,
  create: ({ needs, provider, listing }) => scriptFor(needs, provider, listing) ?? '# Nothing is missing.',
  listing: ({ provider }) => provider.listing,
};

/** What stands above each part where all of them are printed. */
const NOTES: { readonly [Name in Part]: (store: StoreReport) => string } = {
  keys: () => '',
  policy: ({ provider }) => provider.policy.note,
  trust: ({ provider }) => provider.trust.note,
  create: () => '# What creates them: npm run -s secrets -- … --only create > create.sh; read it; bash create.sh',
  listing: () => '# What lists them for --listing, with their properties and without values.',
};

function storeData(store: StoreReport) {
  const { needs, provider, listing } = store;
  return {
    store: needs.store,
    keys: listOf(store),
    policy: provider.policy.document ?? provider.policy.text,
    trust: provider.trust.document ?? provider.trust.text,
    create: scriptFor(needs, provider, listing) ?? null,
    listing: provider.listing,
  };
}

/** What of an environment no store holds. */
function otherwise({
  folder,
  model: { secrets },
}: BuiltSystem): { folder: string; kind: string; commands: string[] }[] {
  const kinds = [...new Set(secrets.map(({ source }) => source.kind))].filter((kind) => kind !== 'external');
  return kinds.map((kind) => ({
    folder,
    kind,
    commands: kind === 'manual' ? secrets.filter(({ source }) => source.kind === kind).map(commandFor) : [],
  }));
}

/** @throws InputError when it cannot be read */
function textOf(file: string, io: Io): string {
  try {
    return file === '-' ? io.input() : readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError([{ file: '--listing', message: `${file} cannot be read: ${(error as Error).message}` }]);
  }
}

/** Everything as people read it: all parts, or the one that was asked for, which is for a file. */
function texts(stores: readonly StoreReport[], others: ReturnType<typeof otherwise>, only: Part | undefined): string {
  const parts = only === undefined ? PARTS : [only];
  const said = stores.flatMap((store) =>
    parts.map((part) => {
      const text = TEXTS[part](store);
      // What is not known yet is said nevertheless.
      const noted = only === undefined || text === '';
      return [...(noted ? [NOTES[part](store)] : []), text].filter(Boolean).join('\n');
    }),
  );
  const rest = others.map(({ folder, kind, commands }) =>
    kind === 'manual'
      ? `# dist/${folder} needs these Secrets, made by hand:\n${commands.join('\n')}`
      : `# dist/${folder} needs none: its values are well known, and stand in it.`,
  );
  return [...said, ...rest].join('\n\n');
}

export default new Program({
  name: 'secrets',
  help: HELP,
  options: {
    env: { type: 'string' },
    system: { type: 'string' },
    listing: { type: 'string' },
    'oidc-provider': { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string', default: 'text' },
  },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: () => Object.keys(registry.systems),
    only: () => PARTS,
    format: () => ['text', 'json'],
  },
  run: ({ env, system, listing: file, 'oidc-provider': issuer, only, format }, io) => {
    const built = buildEnvironments(registry, io.root, [env])
      .filter(isSystem)
      .filter((one) => system === undefined || one.system === system);
    const text = file === undefined ? undefined : textOf(file, io);
    const stores = storeNeeds(built.flatMap(({ model }) => model.secrets)).map((needs): StoreReport => {
      const provider = providerOf(needs, { issuer, environment: env });
      return { needs, provider, ...(text !== undefined && { listing: readListing(text, file as string, needs) }) };
    });
    const others = built.flatMap(otherwise);
    const data = { environment: env, stores: stores.map(storeData), others };
    io.say(format === 'json' ? JSON.stringify(data, null, 2) : texts(stores, others, only as Part | undefined));
    return stores.flatMap(listOf).some(({ state }) => state === 'missing') ? 1 : 0;
  },
});
