import { isMapping } from '../../../lib/config/layers';
import type { ComposeFile } from './document';
import type { Notes } from './notes';
import type { Planned } from './plan';
import type { ImageOf } from './service';

type Setting = Readonly<Record<string, unknown>>;

/** A service of the application. @default one - no service of the compose file is like it */
export interface Named {
  readonly one: Planned | undefined;
  readonly name: string;
  readonly settings: Setting;
}

const OLLAMA = 'ollama';

/** Ollama keeps a key in its home folder, and models in the other one. */
const SERVER: Setting = {
  image: 'docker.io/ollama/ollama',
  port: 11434,
  storage: { '/models': '20Gi' },
  env: { OLLAMA_HOST: '0.0.0.0', HOME: '/models' },
};

/** The variables by which compose tells a service of a model. */
function variablesOf(key: string, options: unknown, model: string): Setting {
  const name = key.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  const { endpoint_var: endpoint = `${name}_URL`, model_var: variable = `${name}_MODEL` } = isMapping(options)
    ? options
    : {};
  return { [String(endpoint)]: { url: OLLAMA, path: '/v1' }, [String(variable)]: model };
}

/** Adds Ollama, and its connections, where services ask compose for models. */
export function withModels(
  compose: ComposeFile,
  services: readonly (readonly [Planned, Setting])[],
  images: Map<string, ImageOf>,
  notes: Notes,
): Named[] {
  const all = services.map(([one, settings]): Named => {
    const models = Object.entries(one.given.models ?? {});
    const [first] = models;
    if (first === undefined) return { one, name: one.name, settings };
    const modelOf = (key: string) => compose.value.models?.[key]?.model ?? key;
    const own = Object.assign(
      {},
      ...models.map(([key, options]) => variablesOf(key, options, modelOf(key))),
    ) as Setting;
    const env = isMapping(settings.env) ? settings.env : {};
    notes.add(
      [...one.path, 'models'],
      `models of ${one.name}`,
      `are served by Ollama: pull them into its volume, by the names that it has for them`,
    );
    return {
      one,
      name: one.name,
      settings: {
        ...settings,
        env: { ...own, ...env },
        llm: { provider: 'ollama', endpoint: OLLAMA, model: modelOf(first[0]) },
      },
    };
  });
  const isAsked = services.some(([{ given }]) => given.models !== undefined);
  if (!isAsked || all.some(({ name }) => name === OLLAMA)) return all;
  images.set(OLLAMA, { image: String(SERVER.image), tag: undefined, digest: undefined, place: 'nowhere' });
  return [...all, { one: undefined, name: OLLAMA, settings: SERVER }];
}
