// Prints a load test for k6: `npm run -s load -- --env NAME --system NAME > load.js && k6 run load.js`.
import { registry } from '../charts';
import { groupBy } from '../lib/base/group';
import { InputError } from '../lib/base/problem';
import { environmentNames } from '../lib/config/environment-folders';
import type { Issuer, Platform } from '../lib/model/platform';
import type { System } from '../lib/model/system';
import type { BuiltSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { type PublicPath, publicPathsOf, publicPortOf } from './shared/public-paths';
import { systemsOf } from './shared/systems';

const HELP = `Prints a load test of a system's exposed paths for k6 (https://k6.io), with the p95 targets of its settings.

  npm run -s load -- --env staging --system salient > load.js
  k6 run load.js                               up to 5 virtual users for a minute
  k6 run --vus 20 --duration 5m load.js        more of them, by options of k6`;

/** The virtual users at most, and how long they ask. */
const USERS = 5;
const DURATION = '1m';

/** The share of requests that may fail where no availability is set. */
const FAILURES = 0.01;

/** A name for each path that no other has: its component, with a number where that has several. */
function namesOf(paths: readonly PublicPath[]): string[] {
  const components = paths.map(({ component }) => component);
  const taken = new Set(components);
  return components.map((component, index) => {
    if (components.indexOf(component) === index) return component;
    let number = 2;
    while (taken.has(`${component}-${number}`)) number += 1;
    taken.add(`${component}-${number}`);
    return `${component}-${number}`;
  });
}

/** How many users ask, and their pauses after each request and each round, in seconds: so that no host limits them. */
function paceOf(paths: readonly PublicPath[]) {
  const hosts = [...groupBy(paths, ({ host }) => host).values()].map((all) => ({ requests: all.length, ...all[0] }));
  const limited = hosts.flatMap(({ requests, limit }) => (limit === undefined ? [] : [{ requests, ...limit }]));
  // All users begin a round together.
  const users = Math.max(1, Math.min(USERS, ...limited.map(({ requests, burst }) => Math.floor(burst / requests))));
  const steady = limited.filter(({ requests, burst }) => requests > burst);
  return {
    users,
    between: Math.max(0, ...steady.map(({ perSecond }) => Math.ceil(1000 / perSecond) / 1000)),
    after: Math.max(1, ...limited.map(({ requests, perSecond }) => Math.ceil((users * requests) / perSecond))),
  };
}

/** Whether an issuer of the platform is known to be one that clients do not trust. */
function isUntrusted(issuer: Issuer | undefined): boolean {
  return issuer?.kind === 'self-signed' || (issuer?.kind === 'acme' && issuer.server === 'staging');
}

/** The comments of a script: what its user has to know of these paths. */
function notesOf(paths: readonly PublicPath[]): string {
  const ranges = [...new Set(paths.flatMap(({ ranges: own = [] }) => own))];
  const unasked = paths.filter(({ isGrpc }) => isGrpc).map(({ host, path }) => host + path);
  return [
    ...(ranges.length === 0 ? [] : [`// Some hosts admit only ${ranges.join(', ')}.\n`]),
    ...(unasked.length === 0 ? [] : [`// It does not ask ${unasked.join(', ')}: that is gRPC.\n`]),
  ].join('');
}

/** The lines of the targets. */
function thresholdsOf(paths: readonly PublicPath[], names: readonly string[], monitoring: System['monitoring']) {
  const targets = paths.flatMap(({ p95 }, index) =>
    p95 === undefined ? [] : [`    'http_req_duration{route:${names[index]}}': ['p(95)<${p95}'],`],
  );
  const { availability } = monitoring ?? {};
  const failures = availability === undefined ? FAILURES : Number((1 - availability / 100).toFixed(6));
  return [...targets, `    http_req_failed: ['rate<${failures}'],`];
}

/** The k6 script. Source: grafana.com/docs/k6, Thresholds, Tags, expectedStatuses, insecureSkipTLSVerify. */
export function loadScript({
  folder,
  environment,
  system,
  model,
  platform,
}: Pick<BuiltSystem, 'folder' | 'environment' | 'system'> & {
  readonly model: Pick<System, 'components' | 'edge' | 'monitoring'>;
  readonly platform: Pick<Platform, 'issuers'>;
}): string {
  const all = publicPathsOf(model);
  const paths = all.filter(({ isGrpc }) => !isGrpc);
  const names = namesOf(paths);
  const { users, between, after } = paceOf(paths);
  const { issuer = '' } = model.edge;
  const { port, tls } = publicPortOf(model.edge);
  const routes = paths.map(({ host, asked, isHealth }, index) => {
    // The origin is without the port where that is the one of the scheme.
    const { origin } = new URL(`${tls ? 'https' : 'http'}://${host}:${port}`);
    return JSON.stringify({ name: names[index], url: origin + asked, health: isHealth });
  });
  return `// A load on ${folder}. Made by: npm run -s load -- --env ${environment} --system ${system}
// k6 run load.js; --vus and --duration of k6 make more of it, and then the edge may limit it (429, or 503 of an ingress-nginx without limit-req-status-code).
// It asks health paths, and elsewhere the path of the route. Put the requests that matter to you into ROUTES.
${notesOf(all)}import { sleep } from 'k6';
import http from 'k6/http';

const ROUTES = [
${routes.map((route) => `  ${route},`).join('\n')}
];

export const options = {
  vus: ${users},
  duration: '${DURATION}',
  discardResponseBodies: true,${
    isUntrusted(platform.issuers[issuer])
      ? '\n  insecureSkipTLSVerify: true, // clients do not trust the issuer of the certificates'
      : ''
  }
  thresholds: {
${thresholdsOf(paths, names, model.monitoring).join('\n')}
  },
};

// A health path succeeds. Another path may be answered with an error of the client; a 404 may also be that of an edge without the route.
const succeeds = http.expectedStatuses({ min: 200, max: 299 });
const answers = http.expectedStatuses({ min: 200, max: 402 }, { min: 404, max: 428 }, { min: 430, max: 499 });

export default function () {
  for (const { name, url, health } of ROUTES) {
    http.get(url, { tags: { route: name }, redirects: 0, responseCallback: health ? succeeds : answers });${
      between === 0 ? '' : `\n    sleep(${between});`
    }
  }
  sleep(${after});
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
    if (publicPathsOf(built.model).every(({ isGrpc }) => isGrpc))
      throw new InputError([{ file: '--system', message: `given ${system}, of which ${env} exposes nothing by HTTP` }]);
    if (built.model.tier === 'production') io.complain(`${built.folder} is in production: its users share this load`);
    io.say(loadScript(built).trimEnd());
    return 0;
  },
});
