import type { Words } from '../../lib/config/document';

const node = { language: 'TypeScript on Node.js 24', build: 'pnpm 10, in a monorepo' };

/** What Pliers is, in words that are the same in each environment. Source: the seed "Deployment Architecture". */
export const words: Words = {
  description: 'A web application with an API and an AI service of its own, for teams, on PostgreSQL and Redis.',
  rationale:
    'Single services can be scaled, released and placed by themselves: the AI service on nodes with GPUs, the web frontend behind a CDN. Databases are apart from what is exposed.',
  alternatives: {
    'Docker compose on one host': 'simple, and enough for development and up to 50 users; one host that may fail',
    'Docker Swarm': 'no autoscaling, policies or GPUs as Kubernetes has them',
    'Serverless and edge platforms': 'a later model: the AI service needs GPUs, and streams live for long',
  },
  services: {
    api: {
      ...node,
      framework: 'an HTTP server with WebSockets',
      dependencies: ['PostgreSQL', 'Redis'],
      files: ['package.json'],
    },
    'ai-service': {
      ...node,
      language: 'TypeScript on Node.js 24, with Python 3',
      framework: 'an HTTP server',
      dependencies: ['OpenAI', 'Anthropic', 'Redis'],
      files: ['package.json'],
    },
    web: {
      language: 'TypeScript',
      framework: 'a single-page application by Vite',
      build: 'pnpm 10, served by nginx',
      files: ['vite.config.ts'],
    },
  },
  context:
    'Development runs as one compose file. Production needs high availability, several instances of the API, GPUs for the AI service and releases without downtime.',
  benefits: ['no single host that stops everything', 'each service scales by itself', 'releases without downtime'],
  drawbacks: [
    'a cluster, its operators and their upgrades have to be looked after',
    'GPUs are reserved for a release, too',
  ],
  authentication: 'users by JSON Web Tokens that the API signs with JWT_SECRET',
};
