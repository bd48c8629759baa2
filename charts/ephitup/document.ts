import type { Words } from '../../lib/config/document';

const python = { language: 'Python 3.13', build: 'uv', files: ['pyproject.toml'] };

/** What Ephitup is, in words that are the same in each environment. Source: the seed "Single-Container Architecture". */
export const words: Words = {
  description:
    'Notebooks with sources, chats and podcasts that language models make: a frontend, an API, a worker for long jobs, and SurrealDB.',
  rationale:
    'Four processes of one image. In one container they need no network and little to operate; as a workload each, they scale and fail by themselves.',
  alternatives: {
    'Render.com, one container': 'simple and cheap, and limited to one instance with one disk',
    PostgreSQL: 'the code is written for SurrealDB, which keeps records and relations',
  },
  services: {
    ephitup: {
      language: 'Python 3.13 and TypeScript on Node.js 24',
      framework: 'FastAPI and Next.js',
      build: 'uv and npm, under supervisord',
      files: ['supervisord.conf'],
    },
    api: { ...python, framework: 'FastAPI', dependencies: ['uvicorn', 'surreal-commands', 'OpenAI'] },
    worker: { ...python, framework: 'surreal-commands', dependencies: ['OpenAI'] },
    frontend: { language: 'TypeScript on Node.js 24', framework: 'Next.js', build: 'npm', files: ['next.config.ts'] },
  },
  context:
    'The code comes as one container for Render.com. A job such as a podcast takes minutes, and users store API keys of their own, which are encrypted in the database.',
  authentication: 'users by name and password; the API signs JSON Web Tokens with JWT_SECRET',
};

/** What is good, and not good, about each shape. Source: the seed, "Scaling Considerations". */
export const wordsOfShape: Readonly<Record<'single' | 'split', Words & { readonly pattern: string }>> = {
  single: {
    pattern: 'one container with four processes',
    benefits: ['simple to deploy and cheap', 'no network between the processes'],
    drawbacks: ['one pod: it is down while it is replaced', 'no process scales by itself'],
  },
  split: {
    pattern: 'a workload for each of four processes',
    benefits: ['API, worker and frontend scale and roll by themselves', 'a failed worker does not stop the frontend'],
    drawbacks: ['files have to be shared: by S3 or a ReadWriteMany volume', 'the database is one pod'],
  },
};
