import { z } from 'zod';
import { imageOf } from '../base/versions';
import { name, port, text } from './fields';

/** The name of compose's files: `environments/compose.yaml` and `dist/compose/`. */
export const COMPOSE = 'compose';

const TRAEFIK = imageOf('Traefik');

const folder = text(/^[\w./-]+$/, 'a path such as ../shop, relative to the compose file');
const variable = text(/^[A-Za-z_]\w*$/, 'the name of a variable');

const build = z.strictObject({
  context: folder.describe('The folder with the sources of the application, relative to the compose file'),
  dockerfile: folder.optional().describe('Relative to the context; Dockerfile when absent'),
  target: name.optional().describe('The stage of the Dockerfile'),
  args: z
    .record(variable, z.string())
    .optional()
    .describe('Build arguments; they are readable in the image, so no secrets'),
  watch: z.array(folder).optional().describe('Folders whose changes build the image again during docker compose watch'),
});

const proxy = z.strictObject({
  http: port.default(80).describe('The port of the machine for HTTP'),
  https: port.default(443).describe('The port of the machine for HTTPS'),
  email: z.email('an e-mail address').optional().describe("Whom Let's Encrypt writes to; without it there is no TLS"),
  image: z.string().default(TRAEFIK.image).describe('The repository of its image'),
  tag: z.string().default(TRAEFIK.tag).describe('Its version'),
});

const perComponent = <Value extends z.ZodType>(value: Value) => z.record(name, value).default({});

const composed = z.strictObject({
  ports: perComponent(port).describe('The port of this machine at which each component answers, for development'),
  env: perComponent(z.record(variable, z.string())).describe(
    'Variables that differ from those on Kubernetes, by component',
  ),
  build: perComponent(build).describe('How images are built, by component'),
  proxy: proxy.optional().describe('Traefik in front, with the hosts and paths that the edge has on Kubernetes'),
  stack: z
    .boolean()
    .default(false)
    .describe('Whether it is also written as a stack of Docker Swarm, for docker stack deploy'),
});

/**
 * The schema of `environments/compose.yaml`: the systems that are also written as compose files, and from which environments. The first
 * environment of a system is `dist/compose/<system>/compose.yaml`; each other one has a folder of its own name beside it.
 */
export const composeSchema = z.record(name, z.record(name, composed));

/** What is said about one system in one environment for compose alone, with defaults filled in. */
export type ComposeConfig = z.output<typeof composed>;
