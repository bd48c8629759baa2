import { openConnectionsOf } from '../../../lib/checks/cluster/reach';
import type { ManifestObject } from '../../../lib/manifests/object';
import { nginxConf } from '../../../lib/parts/web/nginx';
import { type Any, find } from '../../support';
import { type Files, objectsOf } from './application';

const IMAGES = 'services:\n  api: { image: ghcr.io/yourorg/engine }\n';
const WEB = '  web: { image: ghcr.io/yourorg/experience }\n';
const NEURON = '  neuron: { image: ghcr.io/yourorg/neuron, llm: { provider: anthropic } }\n';

/** What an application of each pattern is. */
const BASES: Readonly<Record<string, string>> = {
  'api-only': IMAGES,
  '3-tier': IMAGES + WEB,
  'ai-3-tier': IMAGES + WEB + NEURON,
  microservices:
    'services:\n  shop: { image: ghcr.io/yourorg/shop, port: 8080, health: /healthz, exposed: /, env: { STOCK: { address: stock } } }\n  stock: { image: ghcr.io/yourorg/stock, port: 9000, health: grpc }\n',
};

const REST =
  'backups: { repository: "s3:https://s3.example.com/shop", addresses: [10.20.8.0/24] }\nsecrets: { kind: manual }\n';

/** What each environment gives it. */
const OWN: Readonly<Record<string, string>> = {
  dev: 'hosts: { app: shop.localhost }\ndefaults: { tag: latest }\n',
  staging: `hosts: { app: staging.shop.example.com }\ndefaults: { tag: v1.0.0 }\nedge: { kind: gateway, implementation: envoy, issuer: letsencrypt }\n${REST}`,
  prod: `hosts: { app: shop.example.com }\ndefaults: { tag: v1.0.0 }\nedge: { kind: traefik, issuer: letsencrypt }\n${REST}`,
};

const DATABASE: Readonly<Record<string, string>> = {
  dev: '',
  staging: 'database: { kind: statefulset }\n',
  prod: 'database: { kind: external, host: db.internal.example.com, addresses: [10.20.0.0/24], unverified: tests use no certificate }\n',
};

function filesOf(pattern: string, environment: string): Files {
  const database = pattern.endsWith('3-tier') ? DATABASE[environment] : '';
  return {
    'shop.yaml': `pattern: ${pattern}\n${BASES[pattern]}`,
    [`${environment}/shop.yaml`]: `${OWN[environment]}${database}`,
  };
}

const MATRIX = Object.keys(BASES).flatMap((pattern) => Object.keys(OWN).map((environment) => [pattern, environment]));

test.each(MATRIX)('%s in %s: no rule finds anything, and these are the objects', (pattern, environment) => {
  const objects = objectsOf(filesOf(pattern as string, environment as string), environment);
  expect(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`).sort(),
  ).toMatchSnapshot();
});

test.each(Object.keys(BASES))('the chart of %s in production', (pattern) => {
  expect(
    objectsOf(filesOf(pattern, 'prod')).filter(({ kind }) => /Deployment|Ingress|Policy|Secret$/.test(kind)),
  ).toMatchSnapshot();
});

describe('the template', () => {
  const objects = objectsOf(filesOf('ai-3-tier', 'dev'), 'dev');
  const envOf = (name: string): Record<string, Any> =>
    Object.fromEntries(
      find(objects, 'Deployment', name).spec.template.spec.containers[0].env.map((one: Any) => [
        one.name,
        one.value ?? one.valueFrom,
      ]),
    );
  const from = (name: string, key: string) => ({ secretKeyRef: { name, key } });

  test('the API has the variables of the template, and the connection string that Npgsql needs', () => {
    expect(envOf('api')).toEqual({
      ASPNETCORE_ENVIRONMENT: 'Development',
      ASPNETCORE_URLS: 'http://+:5000',
      Logging__LogLevel__Default: 'Debug',
      DATABASE_URL: from('api-credentials', 'DATABASE_URL'),
      ConnectionStrings__Default: from('api-credentials', 'ConnectionStrings__Default'),
    });
    const { data } = find(objects, 'Secret', 'api-credentials');
    const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]);
    expect(Object.fromEntries(decoded)).toMatchObject({
      DATABASE_URL: 'postgresql://shop:development-shop@postgres.shop-dev-data.svc.cluster.local:5432/shop',
      ConnectionStrings__Default:
        'Host=postgres.shop-dev-data.svc.cluster.local;Port=5432;Database=shop;Username=shop;Password="development-shop";SSL Mode=Disable',
    });
  });

  test('with an identity provider the API knows it', () => {
    const files = filesOf('ai-3-tier', 'dev');
    const identity = 'identity: { url: "https://login.example.com", realm: portal, audience: engine }\n';
    const withIdentity = objectsOf({ ...files, 'dev/shop.yaml': files['dev/shop.yaml'] + identity }, 'dev');
    const { env } = find(withIdentity, 'Deployment', 'api').spec.template.spec.containers[0];
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'KEYCLOAK_URL', value: 'https://login.example.com' },
        { name: 'JWT_ISSUER', value: 'https://login.example.com/realms/portal' },
        { name: 'JWT_AUDIENCE', value: 'engine' },
        { name: 'JWT_SECRET', valueFrom: from('api-credentials', 'JWT_SECRET') },
      ]),
    );
  });

  test('the browser is told where the API and the WebSocket are', () => {
    const files = find(objects, 'ConfigMap', 'web-files-etc-app').data['config.js'];
    expect(JSON.parse(files.slice(files.indexOf('{'), files.lastIndexOf('}') + 1))).toEqual({
      API_URL: '/api',
      CHAT_URL: 'ws://shop.localhost/chat/stream',
    });
    expect(find(objects, 'ConfigMap', 'web-files-etc-nginx-conf-d').data['default.conf']).toBe(nginxConf({ port: 80 }));
  });

  test.each([
    ['anthropic', '', { LLM_PROVIDER: 'anthropic', LLM_API_KEY: 'secret', ANTHROPIC_API_KEY: 'secret' }],
    [
      'openai',
      ', endpoint: "https://models.example.com/v1"',
      {
        LLM_PROVIDER: 'openai',
        OPENAI_BASE_URL: 'https://models.example.com/v1',
        LLM_API_KEY: 'secret',
        OPENAI_API_KEY: 'secret',
      },
    ],
    [
      'azure',
      ', endpoint: "https://x.openai.azure.com", apiVersion: "2024-10-21", model: gpt-4o',
      {
        LLM_PROVIDER: 'azure',
        LLM_MODEL: 'gpt-4o',
        AZURE_OPENAI_ENDPOINT: 'https://x.openai.azure.com',
        OPENAI_API_VERSION: '2024-10-21',
        LLM_API_KEY: 'secret',
        AZURE_OPENAI_API_KEY: 'secret',
      },
    ],
    [
      'ollama',
      ', endpoint: "http://ollama.example.com:11434"',
      { LLM_PROVIDER: 'ollama', OLLAMA_HOST: 'http://ollama.example.com:11434' },
    ],
  ])('neuron with %s has exactly its variables', (provider, more, expected) => {
    const files = filesOf('ai-3-tier', 'dev');
    const base = (files['shop.yaml'] as string).replace('{ provider: anthropic }', `{ provider: ${provider}${more} }`);
    const { env } = find(objectsOf({ ...files, 'shop.yaml': base }, 'dev'), 'Deployment', 'neuron').spec.template.spec
      .containers[0];
    const found = Object.fromEntries(env.map((one: Any) => [one.name, one.value ?? 'secret']));
    expect(found).toEqual({
      ...expected,
      LOG_LEVEL: 'debug',
      ENGINE_INTERNAL_API_URL: 'http://api.shop-dev.svc.cluster.local:5000/api/internal',
    });
  });

  test('the connections are those of the template, and no others', () => {
    expect(waysIn(objectsOf(filesOf('ai-3-tier', 'prod')))).toMatchSnapshot();
  });
});

/** Every connection that the policies allow. */
function waysIn(objects: readonly ManifestObject[]): string[] {
  return openConnectionsOf(objects, [])
    .map(({ from, to, port }: Any) => `${from} → ${to} ${port ?? ''}`)
    .sort();
}
