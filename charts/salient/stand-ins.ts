import { imageOf } from '../../lib/base/versions';
import type { StandIns } from '../../lib/pipeline/definition';
import type { SalientConfig } from './settings';

/** A small FastAPI backend with the seed's routers, built by the Dockerfile of the real one, and nginx in place of the admin UI. */
export const standIns: StandIns<SalientConfig> = {
  images: {
    backend: {
      image: 'docker.io/library/salient-backend-stand-in',
      folder: 'charts/salient/stand-ins',
      dockerfile: 'charts/salient/images/backend.Dockerfile',
    },
    adminUi: imageOf('nginx'),
  },
  /** Each of two tenants says hello, and has a database of its own. */
  requests: ({ hosts, tenants }) =>
    tenants.slice(0, 2).map(({ slug }) => ({
      host: hosts.api,
      path: `/accounts/${slug}/agents/demo/chat`,
      body: { message: `hello from ${slug}` },
    })),
};
