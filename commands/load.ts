// Prints a load test for k6: `npm run -s load -- --env NAME --system NAME > load.js && k6 run load.js`.
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { environmentNames } from '../lib/config/environment-folders';
import type { System } from '../lib/model/system';
import type { BuiltSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { type PublicPath, publicPathsOf } from './shared/public-paths';
import { systemsOf } from './shared/systems';

const HELP = `Prints a load test of a system's exposed paths for k6 (https://k6.io), with the p95 targets of its settings.

  npm run -s load -- --env staging --system salient > load.js
  k6 run load.js                               5 virtual users for a minute
  k6 run --vus 20 --duration 5m load.js        more of them, by options of k6`;

/** The virtual users, and how long they ask. */
const USERS = 5;
const DURATION = '1m';

/** The share of requests that may fail where no availability is set. */
const FAILURES = 0.01;

/** A name for each path that no other has: its component, with a number where that has several. */
function namesOf(paths: readonly PublicPath[]): string[] {
  return paths.map(({ component }, index) => {
    const before = paths.slice(0, index).filter((one) => one.component === component).length;
    return before === 0 ? component : `${component}-${before + 1}`;
  });
}

/** The pause of each user after a round, in seconds: so long that no host limits them. */
function pauseOf(paths: readonly PublicPath[]): number {
  const pauses = paths.map(({ host, perSecond = Number.POSITIVE_INFINITY }) => {
    const requests = USERS * paths.filter((one) => one.host === host).length;
    return Math.ceil(requests / perSecond);
  });
  return Math.max(1, ...pauses);
}

/** The k6 script. Source: grafana.com/docs/k6, Thresholds, Tags, expectedStatuses. */
export function loadScript({
  folder,
  environment,
  system,
  model,
}: Pick<BuiltSystem, 'folder' | 'environment' | 'system'> & {
  readonly model: Pick<System, 'components' | 'edge' | 'monitoring'>;
}): string {
  const paths = publicPathsOf(model);
  const names = namesOf(paths);
  const scheme = model.edge.issuer === undefined ? 'http' : 'https';
  const routes = paths.map(({ host, asked, isHealth }, index) =>
    JSON.stringify({ name: names[index], url: `${scheme}://${host}${asked}`, health: isHealth }),
  );
  const targets = paths.flatMap(({ p95 }, index) =>
    p95 === undefined ? [] : [`    'http_req_duration{route:${names[index]}}': ['p(95)<${p95}'],`],
  );
  const { availability } = model.monitoring ?? {};
  const failures = availability === undefined ? FAILURES : Number((1 - availability / 100).toFixed(6));
  const ranges = [...new Set(paths.flatMap(({ ranges: own = [] }) => own))];
  return `// A load on ${folder}. Made by: npm run -s load -- --env ${environment} --system ${system}
// k6 run load.js; --vus and --duration of k6 make more of it, and then the edge may limit it (429, or 503 of an ingress-nginx without limit-req-status-code).
// It asks health paths, and elsewhere the path of the route. Put the requests that matter to you into ROUTES.${
    ranges.length === 0 ? '' : `\n// Some hosts admit only ${ranges.join(', ')}.`
  }
import { sleep } from 'k6';
import http from 'k6/http';

const ROUTES = [
${routes.map((route) => `  ${route},`).join('\n')}
];

export const options = {
  vus: ${USERS},
  duration: '${DURATION}',
  discardResponseBodies: true,
  thresholds: {
${[...targets, `    http_req_failed: ['rate<${failures}'],`].join('\n')}
  },
};

// A health path succeeds. Another path may be answered with an error of the client, but not with one of the edge.
const succeeds = http.expectedStatuses({ min: 200, max: 399 });
const answers = http.expectedStatuses({ min: 200, max: 402 }, { min: 404, max: 428 }, { min: 430, max: 499 });

export default function () {
  for (const { name, url, health } of ROUTES) {
    http.get(url, { tags: { route: name }, redirects: 0, responseCallback: health ? succeeds : answers });
  }
  sleep(${pauseOf(paths)});
}
`;
}

export default new Program({
  name: 'load',
  help: HELP,
  options: { env: { type: 'string' }, system: { type: 'string' } },
  required: ['env', 'system'],
  choices: { env: environmentNames, system: (root) => Object.keys(registry.in(root).systems) },
  run: ({ env, system }, io) => {
    const [built] = systemsOf(io.root, env, system) as [BuiltSystem];
    if (publicPathsOf(built.model).length === 0)
      throw new InputError([{ file: '--system', message: `given ${system}, of which ${env} exposes nothing` }]);
    if (built.model.tier === 'production') io.complain(`${built.folder} is in production: its users share this load`);
    io.say(loadScript(built).trimEnd());
    return 0;
  },
});
