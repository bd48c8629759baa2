import { setting } from '../shared/flow';
import type { NewApplication } from './environment-file';

/** The services of a new application, by its pattern: their lines in the base, and which of them are scaled. */
interface Pattern {
  /** What the pattern is, as the end of its line. */
  readonly about: string;
  /** Each with what follows its image, and what its line says. */
  readonly services: Readonly<Record<string, { readonly settings: object; readonly about: string }>>;
  /** The one that has most of the load. */
  readonly busiest: string;
  /** Whether it keeps data in a database. */
  readonly database: boolean;
  /** Further lines of the base. */
  readonly further: readonly string[];
}

const API = 'preset api: .NET, port 5000, health at /health';
const WEB = { settings: {}, about: 'preset web: nginx, port 80, exposed at /' };
const MIGRATIONS = '#   a Job that migrates the database first: migrations: { entrypoint: [./efbundle] } of api';

/** The patterns of applications, each with an example of its services. */
export const PATTERNS: Readonly<Record<string, Pattern>> = {
  'api-only': {
    about: 'a preset for api',
    services: { api: { settings: {}, about: `${API}, exposed at /` } },
    busiest: 'api',
    database: false,
    further: ['#   PostgreSQL, whose URL is DATABASE_URL of api then: database: {}'],
  },
  '3-tier': {
    about: 'presets for api and web, and PostgreSQL',
    services: { api: { settings: {}, about: `${API}, exposed at /api; DATABASE_URL` }, web: WEB },
    busiest: 'api',
    database: true,
    further: [MIGRATIONS],
  },
  'ai-3-tier': {
    about: 'presets for api, web and neuron, and PostgreSQL',
    services: {
      api: { settings: {}, about: `${API}, exposed at /api; DATABASE_URL` },
      web: WEB,
      neuron: {
        settings: { llm: { provider: 'anthropic', model: 'claude-sonnet-4-5' } },
        about: 'preset neuron: FastAPI, port 8000, exposed at /chat',
      },
    },
    busiest: 'api',
    database: true,
    further: [MIGRATIONS],
  },
  microservices: {
    about: 'no presets: each service says its port',
    services: {
      frontend: {
        settings: { port: 8080, health: '/healthz', exposed: '/', env: { ORDERS_URL: { url: 'orders' } } },
        about: 'exposed; ORDERS_URL is its connection to orders',
      },
      orders: {
        settings: { port: 8081, health: '/healthz', env: { DATABASE_URL: { database: 'url' } } },
        about: 'reached by frontend alone; DATABASE_URL is its connection to the database',
      },
    },
    busiest: 'orders',
    database: true,
    further: ['database: {} # PostgreSQL; where it runs is in the files of the environments'],
  },
};

/**
 * The text of `environments/<name>.yaml`: what an application is, in each environment.
 *
 * @param registry where its images are
 */
export function baseText(name: string, pattern: string, registry: string): string {
  const { about, services, further } = PATTERNS[pattern] as Pattern;
  const lines = Object.entries(services).map(([key, one]) =>
    setting(key, { image: `${registry}/${name}-${key}`, ...one.settings }, one.about, '  '),
  );
  return [
    '# yaml-language-server: $schema=../charts/application/application-part.schema.json',
    `# ${name}: what it is, in each environment. Its hosts, tags, sizes and servers are in <environment>/${name}.yaml, which may override`,
    '# each value. A value that names another service, such as { url: api }, is the connection to it.',
    `pattern: ${pattern} # ${about}`,
    'services: # images without their tags',
    ...lines,
    '# Further settings, as examples:',
    '#   a variable: env: { LOG_LEVEL: { app: logLevel } }',
    '#   a secret: secrets: { SMTP_PASSWORD: { remote: smtp/password, about: password of the mail server } }',
    '#   a server of others: external: { mail: { host: smtp.example.net, port: 587 } }, and connectsTo: [mail] of a service',
    ...further,
    '',
  ].join('\n');
}

/** What a new application of a pattern needs of environments. */
export function ofPattern(name: string, pattern: string): NewApplication {
  const { services, busiest, database } = PATTERNS[pattern] as Pattern;
  return {
    name,
    isExposed: true,
    hasDatabase: database,
    hasRedis: false,
    hasQueue: false,
    services: ({ development, production }) => {
      if (development) return ['defaults: { tag: latest } # of each service'];
      const lines = Object.keys(services).map((key) => {
        const isScaled = production && key === busiest;
        const scale = isScaled ? { scale: { min: 2, max: 6, cpu: 70 } } : {};
        const about = isScaled ? 'replicas, and the load in % of the request that adds more' : '';
        return setting(key, { tag: 'v1.0.0', ...scale }, about, '  ');
      });
      return ['services: # npm run promote changes a tag', ...lines];
    },
  };
}
