import type { Words } from '../../lib/config/document';

const backend = {
  language: 'Python 3.14',
  framework: 'FastAPI',
  build: 'a Dockerfile, one image for all routers',
  dependencies: ['uvicorn', 'SQLAlchemy', 'Alembic', 'Logfire'],
  files: ['alembic.ini', 'requirements.txt'],
};

/** What Salient is, in words that are the same in each environment. Source: the seeds, of Render.com and of Kubernetes. */
export const words: Words = {
  description:
    'Chat with agents for many customers (tenants): a public chat API, an internal admin API with its user interface, and a PostgreSQL database for each tenant.',
  rationale:
    'Both APIs are one code base: EXPOSED_ROUTERS chooses what a pod serves, so that one image is built, tested and rolled back. A database for each tenant keeps their data apart. Kubernetes scales the chat by its load.',
  alternatives: {
    'Render.com':
      'simpler, and enough for few tenants with an even load; one instance of a fixed size for each service',
    'An image for each API': 'two builds and two releases of the same models and schemas',
    'One database for all tenants': 'a mistake in one query shows the data of another tenant',
  },
  services: {
    'chat-api': backend,
    'admin-api': { ...backend, files: [...backend.files, 'app/auth/'] },
    'admin-ui': {
      language: 'TypeScript',
      framework: 'Astro and React',
      build: 'Node.js 24, served by nginx',
      files: ['astro.config.mjs'],
    },
  },
  context:
    'Salient was planned for Render.com, with PostgreSQL shared by its services. Traffic comes in bursts, and the number of tenants grows. Demo sites are for developers alone.',
  benefits: [
    'the chat scales by its load, without the admin API',
    'releases without downtime, and a rollback is the same image as before',
    'policies keep the admin API and the databases from everyone who does not need them',
    'a tenant is restored alone',
  ],
  drawbacks: [
    'a cluster, its operators and their upgrades have to be looked after',
    'connections to databases grow with tenants and pods: PgBouncer and a budget limit them',
    'a migration runs once for each tenant',
  ],
  authentication:
    'admin users by JSON Web Tokens (HS256) that the admin API signs; the admin host for allowed addresses only',
};
