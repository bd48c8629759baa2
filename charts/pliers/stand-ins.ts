import { imageOf } from '../../lib/base/versions';
import type { StandIns } from '../../lib/pipeline/definition';
import type { PliersConfig } from './settings';

const NODE = { image: 'docker.io/library/pliers-stand-in', folder: 'charts/pliers/stand-ins/node' };

/** One small program in place of the API and of the AI service, and nginx in place of the web application. */
export const standIns: StandIns<PliersConfig> = {
  images: {
    'services.api': NODE,
    'services.ai': NODE,
    'services.web': imageOf('nginx'),
  },
  /** All that is behind the one host: static files, the API with its database and cache, the AI service that asks the API. */
  requests: ({ hosts: { app: host } }) => [
    { host, path: '/config.js' },
    { host, path: '/api/notes', body: { text: 'hello' } },
    { host, path: '/ai/ask', body: { text: 'hello' } },
  ],
};
