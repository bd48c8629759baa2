import { monitoring } from '../../../../lib/parts/monitoring/settings';

const schema = monitoring({ api: '200ms', ai: '5s' }, 9464);
const messages = (value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

test("targets are the seed's, in seconds, and one that is said leaves the others", () => {
  expect(schema.parse(undefined)).toMatchObject({
    enabled: false,
    availability: 99.9,
    port: 9464,
    p95: { api: 0.2, ai: 5 },
  });
  expect(schema.parse({ p95: { api: '1500ms' } }).p95).toEqual({ api: 1.5, ai: 5 });
  expect(monitoring({ api: '200ms' }).parse({ enabled: true })).not.toHaveProperty('port');
});

test("the names are OpenTelemetry's until others are said", () => {
  const { metrics } = schema.parse({ metrics: { ai: { tokens: 'llm_tokens_total' } } });
  expect(metrics).toEqual({
    pool: { waiting: 'db_client_connection_pending_requests', connections: 'db_client_connection_count' },
    ai: { tokens: 'llm_tokens_total', type: 'gen_ai_token_type', model: 'gen_ai_request_model' },
  });
});

test.each([
  ['a target without a unit', { p95: { api: '200' } }, 'p95.api: a duration such as 200ms or 5s'],
  ['an availability that is none', { availability: 50 }, 'availability: at least 95 %'],
  ['no room for errors', { availability: 100 }, 'availability: at most 99.999 %'],
  [
    'a metric with a dash',
    { metrics: { ai: { tokens: 'llm-tokens' } } },
    'metrics.ai.tokens: the name of a Prometheus metric',
  ],
  [
    'a price below nothing',
    { metrics: { ai: { prices: { input: -1, output: 1 } } } },
    'metrics.ai.prices.input: a price such as 2.5',
  ],
  ['a path without a slash', { path: 'metrics' }, 'path: a path such as /metrics'],
])('%s is told', (_, value, expected) => {
  expect(messages(value)).toEqual([expected]);
});
