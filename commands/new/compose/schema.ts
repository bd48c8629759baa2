import { z } from 'zod';

// All values of a compose file are read as texts: see `readYaml`. Only what is taken over is checked here.

const text = z.string();
const texts = z.array(text);
const empty = z.record(text, z.unknown()).nullable();
const option = <Of extends z.ZodType>(of: Of) => of.nullish().transform((given) => given ?? undefined);

const words = z.union([texts, text], { error: 'a list of texts, or one line' });
const named = z.union([z.record(text, text.nullable()), texts], {
  error: 'a mapping of texts, or a list of NAME=value',
});
/** Names as a list, or as the keys of a mapping. */
const names = z
  .union([texts, z.record(text, z.unknown())], { error: 'a list of names, or a mapping with them as keys' })
  .transform(
    (given): Readonly<Record<string, unknown>> =>
      Array.isArray(given) ? Object.fromEntries(given.map((one) => [one, null])) : given,
  );

const resources = z.looseObject({
  cpus: option(text),
  memory: option(text),
  devices: option(
    z.array(z.looseObject({ capabilities: option(texts), count: option(text), device_ids: option(texts) })),
  ),
});

/** A secret or a config of a service. */
const granted = z.array(
  z.union(
    [
      text.transform((source) => ({ source, target: undefined })),
      z.looseObject({ source: text, target: option(text) }),
    ],
    {
      error: 'the name of one of this file, or a mapping with source',
    },
  ),
);

const port = z.looseObject({ target: text, published: option(text), protocol: option(text) });
const volume = z.looseObject({
  type: text,
  source: option(text),
  target: text,
  read_only: option(text),
  tmpfs: option(z.looseObject({ size: option(text) })),
});
const hook = z.looseObject({ command: words, image: option(text), environment: option(named) });

const service = z.looseObject({
  image: option(text),
  build: option(z.union([text, z.looseObject({})], { error: 'the path of a folder, or a mapping with context' })),
  platform: option(text),
  entrypoint: option(words),
  command: option(words),
  working_dir: option(text),
  user: option(text),
  environment: option(named),
  env_file: option(
    z.union([text, z.array(z.union([text, z.looseObject({ path: text, required: option(text) })]))], {
      error: 'a path, or a list of paths',
    }),
  ),
  ports: option(z.array(z.union([text, port], { error: 'a port such as 8080:80, or a mapping with target' }))),
  expose: option(texts),
  healthcheck: option(
    z.looseObject({
      test: option(words),
      disable: option(text),
      interval: option(text),
      timeout: option(text),
      retries: option(text),
      start_period: option(text),
    }),
  ),
  depends_on: option(names),
  networks: option(names),
  volumes: option(
    z.array(
      z.union([text, volume], { error: 'a volume such as data:/var/lib/data, or a mapping with type and target' }),
    ),
  ),
  tmpfs: option(words),
  deploy: option(
    z.looseObject({
      replicas: option(text),
      resources: option(z.looseObject({ limits: option(resources), reservations: option(resources) })),
    }),
  ),
  cpus: option(text),
  mem_limit: option(text),
  mem_reservation: option(text),
  gpus: option(z.union([text, z.array(z.looseObject({ count: option(text) }))])),
  scale: option(text),
  secrets: option(granted),
  configs: option(granted),
  profiles: option(texts),
  models: option(names),
  restart: option(text),
  stop_grace_period: option(text),
  container_name: option(text),
  hostname: option(text),
  pre_start: option(z.array(hook)),
});

const source = z.looseObject({
  file: option(text),
  environment: option(text),
  content: option(text),
  external: option(z.union([text, z.looseObject({ name: option(text) })])),
});

/** What is read of a compose file. Further keys stay: they are told apart later. */
export const compose = z.looseObject({
  services: z.record(text, service),
  volumes: option(z.record(text, empty)),
  networks: option(z.record(text, empty)),
  secrets: option(z.record(text, source)),
  configs: option(z.record(text, source)),
  models: option(z.record(text, z.looseObject({ model: text }))),
});

export type Compose = z.output<typeof compose>;
export type ComposeService = z.output<typeof service>;
export type Hook = z.output<typeof hook>;

/** The keys of a compose file, and those of a service, that are read. */
export const READ: readonly string[] = Object.keys(compose.shape);
export const READ_OF_SERVICE: readonly string[] = Object.keys(service.shape);
