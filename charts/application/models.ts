import { z } from 'zod';
import { addresses } from '../../lib/config/address-fields';
import { text } from '../../lib/config/fields';
import { serviceName, urlPath } from './values';

const URL_FORM = 'an address such as https://models.example.com';
// Credentials would be text, and a quote would end the JSON of MCP_SERVERS.
const url = text(/^https?:\/\/[^\s@"\\]+$/, `${URL_FORM}, without a user and password`, 1000).refine(
  (given) => URL.canParse(given),
  URL_FORM,
);
const common = {
  model: z.string().optional().describe('The name of the model, as LLM_MODEL'),
  addresses: addresses.optional().describe('The address ranges of the endpoint; every public address when absent'),
};

/** Which provider of language models a service uses. Source: seed 003, "AI Variables". */
export const llm = z.discriminatedUnion('provider', [
  z
    .strictObject({
      provider: z.enum(['anthropic', 'openai']),
      endpoint: url.optional().describe('The address of a proxy in between'),
      ...common,
    })
    .describe('The API of the provider'),
  z
    .strictObject({
      provider: z.literal('azure'),
      endpoint: url.describe('The address of the resource'),
      apiVersion: z.string().describe('The version of its API, such as 2024-10-21'),
      ...common,
    })
    .describe('Azure OpenAI'),
  z
    .strictObject({
      provider: z.literal('ollama'),
      endpoint: z
        .union([url, serviceName], {
          error: 'a service of this file, or an address such as http://ollama.example.com:11434',
        })
        .describe('A service of this file, or an address'),
      ...common,
    })
    .describe('A server of Ollama'),
]);

/** The MCP servers of a service, by the names that it knows them by. */
export const mcp = z
  .record(
    serviceName,
    z.union(
      [
        z.strictObject({
          service: serviceName.describe('A service of this file'),
          path: urlPath.default('/mcp').describe('Its path'),
        }),
        z.strictObject({
          url: url.describe('A server elsewhere'),
          addresses: addresses.optional().describe('Its address ranges; every public address when absent'),
        }),
      ],
      { error: 'a mapping with service or url' },
    ),
  )
  .default({});

/** What a provider of language models is called, and the variables with its key. */
const PROVIDERS: Readonly<
  Record<string, { readonly name: string; readonly keys: readonly string[]; readonly place: string }>
> = {
  anthropic: { name: 'Anthropic', keys: ['LLM_API_KEY', 'ANTHROPIC_API_KEY'], place: 'ANTHROPIC_BASE_URL' },
  openai: { name: 'OpenAI', keys: ['LLM_API_KEY', 'OPENAI_API_KEY'], place: 'OPENAI_BASE_URL' },
  azure: { name: 'Azure OpenAI', keys: ['LLM_API_KEY', 'AZURE_OPENAI_API_KEY'], place: 'AZURE_OPENAI_ENDPOINT' },
  ollama: { name: 'Ollama', keys: [], place: 'OLLAMA_HOST' },
};

/**
 * The variables and secrets that a provider needs, in the words of the file.
 * Source: seed 003, "AI Variables", and the clients of the providers.
 */
export function modelSettings(
  given: Readonly<Record<string, unknown>>,
  services: Readonly<Record<string, unknown>>,
): object {
  const { provider, model, endpoint, apiVersion } = given;
  const name = String(provider);
  const known = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  if (known === undefined) return {};
  const key = { remote: `llm/${provider}-api-key`, about: `API key of ${known.name}` };
  const place = Object.hasOwn(services, String(endpoint)) ? { url: endpoint } : endpoint;
  return {
    env: {
      LLM_PROVIDER: provider,
      ...(model !== undefined && { LLM_MODEL: model }),
      ...(endpoint !== undefined && { [known.place]: place }),
      ...(apiVersion !== undefined && { OPENAI_API_VERSION: apiVersion }),
    },
    ...(known.keys.length > 0 && { secrets: Object.fromEntries(known.keys.map((variable) => [variable, key])) }),
  };
}
