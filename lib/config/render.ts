import { z } from 'zod';
import { count, host, httpsUrl, name, text } from './fields';

/** The name of Render's files: `environments/render.yaml` and `dist/render/`. */
export const RENDER = 'render';

const REGIONS = ['oregon', 'ohio', 'virginia', 'frankfurt', 'singapore'] as const;
const variable = text(/^[A-Za-z_]\w*$/, 'the name of a variable');
const path = text(/^[\w./-]+$/, 'a path such as backend/Dockerfile, relative to the repository');
const folder = text(/^\/[\w./-]*\w$/, 'an absolute path such as /data');
const globs = z.array(text(/^[\w.*/-]+$/, 'a path such as backend/migrations/**')).min(1);
const command = text(/^[^\p{Cc}]+$/u, 'a command on one line', 1000);
const reason = text(/\p{L}{2,}\P{L}+\p{L}+/u, 'the reason in a few words', 300);

const build = z.strictObject({
  dockerfile: path.describe('Relative to the repository'),
  context: path.default('.').describe('Relative to the repository; everything that the Dockerfile copies is below it'),
  paths: globs.describe('A change of these files builds the image again'),
});

const site = z.strictObject({
  build: command.describe('Run in the folder of the repository'),
  publish: path.describe('The folder with the files that the command makes'),
  paths: globs.describe('A change of these files builds the site again'),
});

const disk = z.strictObject({
  path: folder.describe('Only what is below it outlives a deploy'),
  size: count(1, 16_000).describe('In GB. It can grow and never shrink'),
  moved: z
    .record(folder, folder)
    .default({})
    .describe('Folders that have another path, below the disk: old path → new path'),
});

const service = z
  .strictObject({
    plan: text(/^[a-z0-9. -]+$/, 'a plan such as starter')
      .optional()
      .describe('The smallest one with the limits of the environment when absent'),
    build: build.optional().describe('Built by Render; without it the image of the environment is pulled'),
    static: site.optional().describe('A static site instead of a container'),
    command: command
      .optional()
      .describe("How its program starts: the image's own command, where variables are put together before it"),
    preDeploy: command.optional().describe('Run before each deploy, with DATABASE_URL set: migrations'),
    env: z
      .record(variable, z.string())
      .default({})
      .describe('Variables that differ from those on Kubernetes, or that Render alone needs'),
    domain: host.optional().describe('Its own host, where another service has that of the environment'),
    public: reason.optional().describe('Why everyone may reach it, although the environment names those who may'),
    disk: disk.optional().describe('A volume; the service then has one instance, and is down during a deploy'),
  })
  .prefault({});

const database = z.strictObject({
  name: text(/^[a-z_][a-z0-9_]{0,62}$/, 'a name such as salient_production').describe('Never changes'),
  user: text(/^[a-z_][a-z0-9_]{0,62}$/, 'a name such as salient').describe('Never changes'),
  major: count(13, 18).describe('Never changes'),
  plan: text(/^[a-z0-9.-]+$/, 'a plan such as basic-1gb').describe('Its plan'),
  size: count(1, 16_000).default(1).describe('In GB: 1, or a multiple of 5. It can grow and never shrink'),
  pool: z.boolean().default(false).describe("Whether services connect through the platform's PgBouncer"),
  replaces: z.array(name).default([]).describe('The components and clusters of the environment whose place it takes'),
});

const rendered = z.strictObject({
  region: z.enum(REGIONS).default('oregon').describe('Never changes for databases'),
  repository: httpsUrl('https://github.com/yourorg/salient')
    .optional()
    .describe('The repository with the sources; that of this file when absent'),
  registry: text(/^[\w .-]+$/, 'a name')
    .optional()
    .describe('The credentials of the registry, as they are named in the dashboard'),
  previews: z
    .strictObject({
      generation: z.enum(['manual', 'automatic']).describe('For those that ask for one, or for all'),
      days: count(1, 30).default(3).describe('When one without changes is deleted'),
    })
    .optional()
    .describe('Environments for pull requests; none when absent'),
  services: z.record(name, service).default({}).describe('What Render alone needs of each component'),
  database: database.optional().describe('The managed PostgreSQL'),
  without: z
    .record(name, reason)
    .default({})
    .describe('Components and tasks that Render does not get, with the reason'),
});

/**
 * The schema of `environments/render.yaml`: the systems that are also written as Blueprints of Render, and from which environments. The
 * first environment of a system is `dist/render/<system>/render.yaml`; each other one has a folder of its own name beside it.
 */
export const renderSchema = z.record(name, z.record(name, rendered));

/** What is said about one system in one environment for Render alone, with defaults filled in. */
export type RenderConfig = z.output<typeof rendered>;
