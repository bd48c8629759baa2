import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import {
  binaryCredential,
  credentialIn,
  credentialsInCommand,
  embeddedCredential,
  headerCredential,
  markedCredential,
  namedCredential,
} from '../cluster/credentials';
import { type Container, containersOf, type Fields, listOf } from '../cluster/pods';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'secrets';

/** A violation for a credential. The message never contains the credential, since it is logged. */
const literal = (object: ManifestObject, path: string, what: string, remedy: string): Violation => ({
  rule: NAME,
  object,
  path,
  message: `given a literal that looks like ${what}, expected ${remedy}`,
});

const entriesOf = (value: Fields): [string, Fields][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

const FROM_SECRET = 'a reference to the key of a Secret that is filled from a secret store';

/** Secrets with values. base64 does not protect them. Source: kubernetes.io, Good practices for Secrets. */
function secretViolations(object: ManifestObject): Violation[] {
  return ['data', 'stringData'].flatMap((field) => {
    const keys = entriesOf(object[field]).flatMap(([key, value]) => (value === null || value === '' ? [] : [key]));
    const message = `given values for ${keys.join(', ')}, expected an ExternalSecret that fetches them from a secret store`;
    return keys.length > 0 ? [{ rule: NAME, object, path: field, message, level: 'policy' }] : [];
  });
}

function configMapViolations(object: ManifestObject): Violation[] {
  const fieldViolations = (field: string, find: (key: string, value: unknown) => string | undefined): Violation[] =>
    entriesOf(object[field]).flatMap(([key, value]) => {
      const what = find(key, value);
      return what === undefined
        ? []
        : [literal(object, `${field}.${key}`, what, 'it in a Secret that is filled from a secret store')];
    });
  return [
    ...fieldViolations('data', credentialIn),
    ...fieldViolations('binaryData', (_, value) => binaryCredential(value)),
  ];
}

/** The credential in an annotation. Names of Secrets (`auth-secret: users`) and checksums (`checksum/secret: 01ab…`) are allowed. */
function annotationCredential(key: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = key.slice(key.indexOf('/') + 1);
  const isName = /secret/i.test(name) && /^[a-z0-9]([-a-z0-9./,]*[a-z0-9])?$/.test(value);
  return (
    markedCredential(value) ??
    (isName || key.startsWith('checksum/') ? undefined : namedCredential(name, value)) ??
    embeddedCredential(value)
  );
}

const annotationViolations = (object: ManifestObject, path: string, annotations: Fields): Violation[] =>
  entriesOf(annotations).flatMap(([key, value]) => {
    const what = annotationCredential(key, value);
    return what === undefined
      ? []
      : [literal(object, `${path}.${key}`, what, 'none in an annotation, since annotations are not confidential')];
  });

/** The fields of a container with commands. */
const COMMANDS = [
  'command',
  'args',
  'lifecycle.postStart.exec.command',
  'lifecycle.preStop.exec.command',
  'startupProbe.exec.command',
  'livenessProbe.exec.command',
  'readinessProbe.exec.command',
].map((path) => ({ path, keys: path.split('.') }));

/** The fields of a container with HTTP headers. */
const REQUESTS = ['startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle.postStart', 'lifecycle.preStop'].map(
  (handler) => ({ path: `${handler}.httpGet.httpHeaders`, keys: `${handler}.httpGet.httpHeaders`.split('.') }),
);

/** Credentials in headers of probes. Headers cannot refer to Secrets. */
const headerViolations = ({ pod: { owner }, path, fields }: Container): Violation[] =>
  REQUESTS.flatMap(({ path: field, keys }) =>
    listOf(keys.reduce<Fields>((here, key) => here?.[key], fields)).flatMap(({ name, value }, index) => {
      const what = headerCredential(name, value);
      return what === undefined
        ? []
        : [literal(owner, `${path}.${field}[${index}].value`, what, 'a path that needs no credential')];
    }),
  );

function containerViolations({ pod: { owner }, path, fields }: Container): Violation[] {
  return [
    ...listOf(fields.env).flatMap(({ name, value }, index) => {
      const what = credentialIn(typeof name === 'string' ? name : '', value);
      return what === undefined
        ? []
        : [literal(owner, `${path}.env[${index}].value`, what, `${FROM_SECRET}, by valueFrom.secretKeyRef`)];
    }),
    ...COMMANDS.flatMap(({ path: field, keys }) => {
      const command = keys.reduce<Fields>((here, key) => here?.[key], fields);
      if (!Array.isArray(command)) return [];
      const remedy = '$(VARIABLE) of an environment variable that is taken from a Secret';
      return credentialsInCommand(command).map(({ index, what }) =>
        literal(owner, `${path}.${field}[${index}]`, what, remedy),
      );
    }),
  ];
}

/** The paths of Secret templates in objects that create Secrets. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  ExternalSecret: ['spec', 'target', 'template'],
  ClusterExternalSecret: ['spec', 'externalSecretSpec', 'target', 'template'],
  SealedSecret: ['spec', 'template'],
};

/** Literal credentials in templates of Secrets. */
function templateViolations(object: ManifestObject): Violation[] {
  const keys = Object.hasOwn(TEMPLATES, object.kind) ? (TEMPLATES[object.kind] as readonly string[]) : [];
  const template = keys.reduce<Fields>((here, key) => here?.[key], object);
  const path = keys.join('.');
  const remedy = 'an expression that takes it from the secret store';
  return [
    ...['data', 'stringData'].flatMap((field) =>
      entriesOf(template?.[field]).flatMap(([key, value]) => {
        const what = credentialIn(key, value);
        return what === undefined ? [] : [literal(object, `${path}.${field}.${key}`, what, remedy)];
      }),
    ),
    ...listOf(template?.templateFrom).flatMap(({ literal: text }, index) => {
      const what = credentialIn('', text);
      return what === undefined ? [] : [literal(object, `${path}.templateFrom[${index}].literal`, what, remedy)];
    }),
    ...annotationViolations(object, `${path}.metadata.annotations`, template?.metadata?.annotations),
  ];
}

function judge(cluster: ClusterIndex): Violation[] {
  return [
    ...cluster.ofKind('Secret').flatMap(secretViolations),
    ...cluster.ofKind('ConfigMap').flatMap(configMapViolations),
    ...cluster.ofKind(...Object.keys(TEMPLATES)).flatMap(templateViolations),
    ...cluster.objects.flatMap((object) =>
      annotationViolations(object, 'metadata.annotations', object.metadata.annotations),
    ),
    ...cluster.pods.flatMap((pod) => [
      ...(pod.path === 'spec'
        ? []
        : annotationViolations(pod.owner, pod.path.replace(/spec$/, 'metadata.annotations'), pod.annotations)),
      ...containersOf(pod).flatMap((container) => [...containerViolations(container), ...headerViolations(container)]),
    ]),
  ];
}

/** Manifests contain no credentials. */
export const secrets: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `Manifests are stored in Git, printed by pipelines and readable for every user who may read a Deployment or a ConfigMap. A
credential in a manifest is exposed for as long as the history exists, and rotating it means changing the manifests. Only a
developer's cluster, which uses well-known values, may have them.`,
  wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: api
          image: example.com/api:v1.0.0
          env: [{ name: DATABASE_PASSWORD, value: correct-horse }]
`,
  right: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: api
          image: example.com/api:v1.0.0
          env: [{ name: DATABASE_PASSWORD, valueFrom: { secretKeyRef: { name: database, key: password } } }]
`,
  judge: (cluster, intent) => (intent?.development === true ? [] : judge(cluster)),
};
