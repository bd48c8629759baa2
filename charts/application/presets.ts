import type { Tier } from '../../lib/config/environment';
import { isMapping } from '../../lib/config/layers';
import { CONFIG, nginxConf } from '../../lib/parts/web/nginx';

/** The services that a preset knows. Source: seed 003, "Service Specifications". */
export type Preset = 'api' | 'web' | 'neuron';

const OF_PATTERN: Readonly<Record<string, readonly Preset[]>> = {
  'api-only': ['api'],
  '3-tier': ['api', 'web'],
  'ai-3-tier': ['api', 'web', 'neuron'],
};

/** The presets that a pattern needs. */
export function presetsOf(pattern: unknown): readonly Preset[] {
  const name = String(pattern);
  return (Object.hasOwn(OF_PATTERN, name) && OF_PATTERN[name]) || [];
}

/** Whether a pattern has a database even if its file does not say one. */
export function impliesDatabase(pattern: unknown): boolean {
  return presetsOf(pattern).includes('web');
}

/** The preset of a service: the one that it names, or that of its own name in its pattern. */
export function presetOf(pattern: unknown, name: string, service: { readonly preset?: unknown }): Preset | undefined {
  const { preset = presetsOf(pattern).find((one) => one === name) } = service;
  return preset === 'none' ? undefined : (preset as Preset | undefined);
}

/** What presets look at: settings as the files say them, of any form. */
export interface Written {
  readonly pattern: unknown;
  readonly services: Readonly<Record<string, unknown>>;
  readonly hosts: unknown;
  readonly config: unknown;
  readonly edge: unknown;
  readonly database: unknown;
  readonly identity: unknown;
  readonly logLevel: string;
}

/** What the variables of presets, and those of a model and its tools, mean. */
export const MEANINGS = {
  ASPNETCORE_ENVIRONMENT: 'which settings files ASP.NET reads, and whether it shows errors in full',
  ASPNETCORE_URLS: 'the addresses and the port that ASP.NET listens at',
  Logging__LogLevel__Default: 'the least level of log lines that are written',
  KEYCLOAK_URL: 'the provider of logins',
  PGSSLROOTCERT:
    'the file with the certificate of the authority by which libpq, asyncpg and Npgsql verify the database',
  JWT_ISSUER: 'the issuer (`iss`) that a token has to have; its keys are found below this URL',
  JWT_AUDIENCE: 'the audience (`aud`) that a token has to have',
  LOG_LEVEL: 'the least level of log lines that are written: debug, info, warning or error',
  ENGINE_INTERNAL_API_URL: 'the paths of the API that the edge does not expose',
  LLM_PROVIDER: 'the provider of the language model: anthropic, openai, azure or ollama',
  LLM_MODEL: 'the name of the model',
  ANTHROPIC_BASE_URL: 'the address of the provider, other than its usual one',
  OPENAI_BASE_URL: 'the address of the provider, other than its usual one',
  AZURE_OPENAI_ENDPOINT: 'the address of the provider',
  OLLAMA_HOST: 'the address of Ollama; in Ollama itself, the address that it listens at',
  MCP_SERVERS: 'the addresses of the tools of the model, by their names, as JSON',
};

/** The log level of each tier. Source: seed 003, "Logging". */
export const LOG_LEVEL_OF: Readonly<Record<Tier, string>> = {
  development: 'debug',
  staging: 'info',
  production: 'warning',
};

/** The same levels as .NET names them. Source: learn.microsoft.com, LogLevel. */
const DOTNET: Readonly<Record<string, string>> = {
  debug: 'Debug',
  info: 'Information',
  warning: 'Warning',
  error: 'Error',
};

const field = (value: unknown, key: string) => (isMapping(value) ? value[key] : undefined);

/** What the preset of an API keeps inside. */
export const INTERNAL = '/api/internal';

/** The first service with a preset, with its name. @default - none has it */
function serviceWith(preset: Preset, { pattern, services }: Written): readonly [string, unknown] | undefined {
  return Object.entries(services).find(([name, one]) => presetOf(pattern, name, isMapping(one) ? one : {}) === preset);
}

/** The number of a service's port, as far as its settings say one. */
function portOf(service: unknown, usual: number): number {
  const port = field(service, 'port') ?? Object.values(field(service, 'ports') ?? {})[0];
  const number = isMapping(port) ? port.container : port;
  return typeof number === 'number' ? number : usual;
}

/** Source: seed 003, "Backend API Service (engine/)" and "Environment Variables". */
function api({ pattern, services, database, identity, logLevel }: Written, name: string) {
  const port = portOf(services[name], 5000);
  const paths = { path: pattern === 'api-only' ? '/' : '/api', except: [INTERNAL] };
  return {
    port: 5000,
    health: '/health',
    exposed: paths,
    cpu: '500m..1',
    memory: '256Mi..512Mi',
    user: 1654, // APP_UID of .NET's images
    env: {
      ASPNETCORE_ENVIRONMENT: { app: 'tier', case: 'title' },
      ASPNETCORE_URLS: `http://+:${port}`,
      Logging__LogLevel__Default: DOTNET[logLevel] ?? 'Information',
      ...(database !== undefined && {
        DATABASE_URL: { database: 'url' },
        ConnectionStrings__Default: { database: 'npgsql' },
      }),
      ...(identity !== undefined && {
        KEYCLOAK_URL: { identity: 'url' },
        JWT_ISSUER: { identity: 'issuer' },
        JWT_AUDIENCE: { identity: 'audience' },
      }),
    },
    ...(identity !== undefined && {
      secrets: { JWT_SECRET: { remote: 'jwt/secret', about: 'signs tokens between the services', random: true } },
    }),
  };
}

/** Source: seed 003, "Frontend Service (experience/)": nginx with a fallback to index.html. */
function web(written: Written, name: string) {
  const { services, hosts, config, edge } = written;
  const scheme = field(edge, 'issuer') === undefined ? 'ws' : 'wss';
  const chat = serviceWith('neuron', written);
  const route = [field(chat?.[1], 'exposed')].flat()[0];
  const all = isMapping(hosts) ? hosts : {};
  const [first] = Object.keys(all).filter((name) => field(all[name], 'redirectTo') === undefined);
  const named = all[String(field(route, 'host') ?? first)];
  const host = isMapping(named) ? named.host : named;
  const runtime = {
    API_URL: '/api',
    ...(chat !== undefined && host !== undefined && { CHAT_URL: `${scheme}://${host}/chat/stream` }),
    ...(isMapping(config) ? config : {}),
  };
  return {
    port: 80,
    health: '/',
    exposed: '/',
    cpu: '50m..200m',
    memory: '64Mi..128Mi',
    user: 101, // of the official image
    writes: ['/var/cache/nginx', '/run', '/tmp'],
    files: {
      '/etc/nginx/conf.d/default.conf': { text: nginxConf({ port: portOf(services[name], 80) }) },
      [`${CONFIG.folder}/${CONFIG.file}`]: { text: `window.APP_CONFIG = ${JSON.stringify(runtime, undefined, 2)};\n` },
    },
  };
}

/** Source: seed 003, "AI Layer Service (neuron/)". */
function neuron(written: Written) {
  const engine = serviceWith('api', written)?.[0];
  return {
    port: 8000,
    health: '/health',
    exposed: { path: '/chat', stream: '1h' },
    cpu: '500m..2',
    memory: '512Mi..1Gi',
    env: {
      LOG_LEVEL: { app: 'logLevel' },
      ...(engine !== undefined && { ENGINE_INTERNAL_API_URL: { url: engine, path: INTERNAL } }),
    },
  };
}

/** The settings of a preset, in the words of the file. */
export function presetSettings(preset: Preset, name: string, written: Written): object {
  return { api, web, neuron }[preset](written, name);
}
