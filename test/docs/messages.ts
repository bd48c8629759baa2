import check from '../../commands/check';
import diff from '../../commands/diff';
import docs from '../../commands/docs';
import promote from '../../commands/promote';
import up from '../../commands/up';
import main from '../../main';
import { smallRepository } from '../repository';
import { edit, folderWith, type Outcome, runHere } from '../support';

const PROD = 'environments/prod/salient.yaml';
const TENANTS = 'environments/prod/tenants.yaml';

/** What synth prints for prod after changes of files. */
function synthWith(...changes: readonly [file: string, from: string | RegExp, to: string][]): Promise<Outcome> {
  const { root } = smallRepository();
  for (const [file, from, to] of changes) edit(root, file, from, to);
  return runHere(main, root, ['--check', '--env', 'prod', '--system', 'salient']);
}

/** What synth prints for an application in dev or staging. */
function applicationWith(environment: string, text: string): Promise<Outcome> {
  return runHere(main, folderWith({ [`environments/${environment}/tickets.yaml`]: text }), []);
}

/** How each message of the page comes about, by the heading that it has there. */
export const MESSAGES: Readonly<Record<string, () => Promise<Outcome>>> = {
  'A tag that can be moved': () => synthWith([PROD, 'tag: v1.2.3', 'tag: latest']),
  'A misspelt setting': () => synthWith([PROD, 'allowedFrom:', 'alowedFrom:']),
  'A setting is missing': () => synthWith([PROD, ', admin: admin.salient.ai', '']),
  'A URL for a host': () => synthWith([PROD, 'api: api.salient.ai', 'api: https://api.salient.ai']),
  'A number for a text': () => synthWith([PROD, 'tag: v1.2.3', 'tag: 1.2']),
  'A tab': () => synthWith([PROD, 'scale: { min', '\tscale: { min']),
  'An allowlist that admits everyone': () => synthWith([PROD, '203.0.113.0/24', '0.0.0.0/0']),
  'Well-known secrets outside development': () =>
    synthWith([PROD, /secrets:\n( .*\n)+/, 'secrets: { kind: development }\n']),
  'An issuer that does not exist': () => synthWith([PROD, 'issuer: letsencrypt-prod', 'issuer: letsencrypt']),
  'A host that no solver covers': () =>
    synthWith(['environments/prod/platform.yaml', 'class: nginx', 'class: haproxy']),
  'Too many connections': () => synthWith([PROD, 'maxConnections: 400', 'maxConnections: 50']),
  'A tenant is removed without a confirmation': () =>
    synthWith([TENANTS, '- slug: acme', '- { slug: acme, state: removed }']),
  'An environment that does not exist': () => runHere(main, smallRepository().root, ['--env', 'production']),
  'dist/ is out of date': () => synthWith([PROD, 'replicas: 2', 'replicas: 3']),
  'A page is out of date': () =>
    runHere(
      docs,
      folderWith({
        'environments/dev/tickets.yaml':
          'pattern: api-only\nhosts: { api: a.localhost }\nservices: { api: { image: ghcr.io/yourorg/a, tag: latest } }\n',
      }),
      ['--check'],
    ),
  'Staging never had the version': () =>
    runHere(promote, smallRepository().root, ['salient', 'backend', 'v1.2.4', '--to', 'prod']),
  'A variable names a service that does not exist': () =>
    applicationWith(
      'dev',
      'pattern: api-only\nhosts: { api: a.localhost }\nservices: { api: { image: ghcr.io/yourorg/a, tag: latest, env: { URL: { url: bill } } }, bills: { image: ghcr.io/yourorg/b, tag: latest, port: 80, health: / } }\n',
    ),
  'An environment has to say more': () =>
    applicationWith(
      'staging',
      'pattern: 3-tier\nhosts: { app: a.example.com }\nservices: { api: { image: ghcr.io/yourorg/a, tag: v1.0.0 }, web: { image: ghcr.io/yourorg/b, tag: v1.0.0 } }\n',
    ),
  'No revision to compare with': () => runHere(diff, smallRepository().root, ['--env', 'prod', '--against', 'v9']),
  'No such manifests': () => runHere(check, smallRepository().root, ['manifests']),
  'kubectl is missing': () => runHere(up, smallRepository().root, [], { env: { PATH: '/nonexistent' } }),
};
