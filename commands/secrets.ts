// Says what secrets an environment needs: `npm run secrets -- --env NAME [--system NAME] [--listing FILE|-]`.
import { readFileSync } from 'node:fs';
import { systems } from '../charts/systems';
import { environmentNames } from '../config/load';
import { parseOptions } from '../config/options';
import { InputError } from '../config/problem';
import { commandFor } from '../constructs/secrets/by-hand';
import { formatTable } from '../output/table';
import { type BuiltSystem, buildEnvironments, isSystem } from './build';
import { type Listing, readListing, type State, stateOf, stateOfKey } from './stores/listing';
import { type RemoteKey, type StoreNeeds, storeNeeds } from './stores/needs';
import type { Provider } from './stores/provider';
import { providerOf } from './stores/providers';
import { scriptFor } from './stores/script';

const HELP = `Says what secrets an environment needs, who reads them and how they come into being. It knows no values.

  npm run secrets -- --env prod                        keys, the policy of who reads them, and what creates them
  npm run secrets -- --env prod --system salient       of one system alone
  npm run secrets -- --env prod --listing FILE         which are missing in a listing of the store (- for standard input):
                                                       JSON of aws secretsmanager list-secrets, az keyvault secret list
                                                       or vault kv list, or lines 'key' and 'key:property'
  npm run secrets -- --env prod --oidc-provider URL    whose tokens the store trusts: the issuer of the cluster
  npm run -s secrets -- --env prod --only create       one part alone: keys, policy, trust, create, listing
  npm run -s secrets -- --env prod --format json       for programs

Exits with 0 when nothing is missing in the listing, 1 when something is, 2 when it was asked wrongly.`;

const PARTS = ['keys', 'policy', 'trust', 'create', 'listing'] as const;
type Part = (typeof PARTS)[number];

function request() {
  const options = {
    env: { type: 'string' },
    system: { type: 'string' },
    listing: { type: 'string' },
    'oidc-provider': { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string', default: 'text' },
    help: { type: 'boolean', default: false },
  } as const;
  return parseOptions(
    'secrets',
    HELP,
    { options },
    {
      env: () => environmentNames(process.cwd()),
      system: () => Object.keys(systems),
      only: () => PARTS,
      format: () => ['text', 'json'],
    },
  ).values;
}

/** A store, how it is made ready, and what it lacks. */
interface Store {
  readonly needs: StoreNeeds;
  readonly provider: Provider;
  readonly listing?: Listing;
}

/** One line of the list: a value, or a key that has none yet. */
interface Line {
  readonly key: string;
  readonly property?: string;
  readonly about: string;
  readonly from: string;
  readonly readers: readonly string[];
  readonly state?: State;
}

function linesOf({ key, needs }: RemoteKey, readers: readonly string[], listing: Listing | undefined): Line[] {
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

function listOf({ needs, listing }: Store): Line[] {
  const readers = needs.readers.map(
    ({ namespace, store, serviceAccount }) => `${namespace}/${store} as ${serviceAccount}`,
  );
  return needs.keys.flatMap((key) => linesOf(key, readers, listing));
}

function keysText(store: Store): string {
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

const TEXTS: { readonly [Name in Part]: (store: Store) => string } = {
  keys: keysText,
  policy: ({ provider }) => provider.policy.text,
  trust: ({ provider }) => provider.trust.text,
  create: ({ needs, provider, listing }) => scriptFor(needs, provider, listing) ?? '# Nothing is missing.',
  listing: ({ provider }) => provider.listing,
};

/** What stands above each part where all of them are printed. */
const NOTES: { readonly [Name in Part]: (store: Store) => string } = {
  keys: () => '',
  policy: ({ provider }) => provider.policy.note,
  trust: ({ provider }) => provider.trust.note,
  create: () => '# What creates them: npm run -s secrets -- … --only create > create.sh; read it; bash create.sh',
  listing: () => '# What lists them for --listing, with their properties and without values.',
};

function storeData(store: Store) {
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
  facts: { secrets },
}: BuiltSystem): { folder: string; kind: string; commands: string[] }[] {
  const kinds = [...new Set(secrets.map(({ source }) => source.kind))].filter((kind) => kind !== 'external');
  return kinds.map((kind) => ({
    folder,
    kind,
    commands: kind === 'manual' ? secrets.filter(({ source }) => source.kind === kind).map(commandFor) : [],
  }));
}

function main(): number {
  const { env, system, listing: file, 'oidc-provider': issuer, only, format, help } = request();
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (env === undefined) throw new InputError([{ file: '--env', message: `is missing\n\n${HELP}` }]);
  const built = buildEnvironments(process.cwd(), [env])
    .filter(isSystem)
    .filter((one) => system === undefined || one.system === system);
  const text = file === undefined ? undefined : readFileSync(file === '-' ? 0 : file, 'utf8');
  const stores = storeNeeds(built.flatMap(({ facts }) => facts.secrets)).map((needs): Store => {
    const provider = providerOf(needs, { issuer, environment: env });
    return { needs, provider, ...(text !== undefined && { listing: readListing(text, file as string, needs) }) };
  });
  const others = built.flatMap(otherwise);
  if (format === 'json') {
    console.log(JSON.stringify({ environment: env, stores: stores.map(storeData), others }, null, 2));
  } else {
    const parts = only === undefined ? PARTS : [only as Part];
    const texts = stores.flatMap((store) =>
      parts.map((part) => {
        const text = TEXTS[part](store);
        // Alone it is for a file; what is not known yet is said nevertheless.
        const noted = only === undefined || text === '';
        return [...(noted ? [NOTES[part](store)] : []), text].filter(Boolean).join('\n');
      }),
    );
    const rest = others.map(({ folder, kind, commands }) =>
      kind === 'manual'
        ? `# dist/${folder} needs these Secrets, made by hand:\n${commands.join('\n')}`
        : `# dist/${folder} needs none: its values are well known, and stand in it.`,
    );
    console.log([...texts, ...rest].join('\n\n'));
  }
  return stores.flatMap(listOf).some(({ state }) => state === 'missing') ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  // What is wrong with input and with files is said without a stack trace.
  const expected = error instanceof InputError || (error as NodeJS.ErrnoException).syscall;
  console.error(expected ? (error as Error).message : error);
  process.exitCode = 2;
}
