import type { StandIns } from '../../lib/pipeline/definition';
import type { EphitupConfig } from './settings';

/** One image with supervisord and small programs in place of frontend, API and worker. */
export const standIns: StandIns<EphitupConfig> = {
  images: { app: { image: 'docker.io/library/ephitup-stand-in', folder: 'charts/ephitup/stand-ins' } },
  /** The frontend, and a note that goes by way of the API into the database. */
  requests: ({ hosts: { app: host } }) => [
    { host, path: '/' },
    { host, path: '/api/notes', body: { text: 'hello' } },
  ],
};
