import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { check } from '../../../lib/checks/check';
import { objectName } from '../../../lib/manifests/object';
import { readManifests } from '../../../lib/manifests/read';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { judgeAs } from '../../../lib/pipeline/judge';
import { PROJECT, ROOT } from '../../support';

const FILE = join(ROOT, 'test/fixtures/seed-salient.yaml');
const objects = readManifests([FILE]).map(({ object }) => object);

/** The violations in the manifests of the document that describes Salient, without an intent. */
const FAULTS = [
  'references: SecretStore tenant-db-store: spec.provider.aws.auth.jwt.serviceAccountRef.name',
  'references: Deployment chat-api: spec.template.spec.containers[0].env[5].valueFrom.secretKeyRef.key',
  'references: Deployment admin-api: spec.template.spec.containers[0].env[2].valueFrom.secretKeyRef.key',
  'references: Ingress salient-ingress: spec.ingressClassName',
  'references: Ingress salient-ingress: metadata.annotations["cert-manager.io/cluster-issuer"]',
  'references: Deployment pgbouncer: metadata.namespace',
  'references: Deployment pgbouncer: spec.template.spec.volumes[0].configMap.name',
  'references: Service pgbouncer-svc: metadata.namespace',
  'autoscaling: Deployment chat-api: spec.replicas',
  'pod-security: Deployment chat-api: spec.template.spec.containers[0].securityContext.seccompProfile.type',
  'pod-security: Deployment chat-api: spec.template.spec.containers[0].securityContext.capabilities.drop',
  'pod-security: Deployment chat-api: spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation',
  'pod-security: Deployment chat-api: spec.template.spec.containers[0].securityContext.runAsNonRoot',
  'pod-security: Deployment chat-api: spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem',
  'pod-security: Deployment chat-api: spec.template.spec.containers[0].securityContext.runAsUser',
  'pod-security: Deployment chat-api: spec.template.spec.automountServiceAccountToken',
  'pod-security: Deployment admin-api: spec.template.spec.containers[0].securityContext.seccompProfile.type',
  'pod-security: Deployment admin-api: spec.template.spec.containers[0].securityContext.capabilities.drop',
  'pod-security: Deployment admin-api: spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation',
  'pod-security: Deployment admin-api: spec.template.spec.containers[0].securityContext.runAsNonRoot',
  'pod-security: Deployment admin-api: spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem',
  'pod-security: Deployment admin-api: spec.template.spec.containers[0].securityContext.runAsUser',
  'pod-security: Deployment admin-api: spec.template.spec.automountServiceAccountToken',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].securityContext.seccompProfile.type',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].securityContext.capabilities.drop',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].securityContext.runAsNonRoot',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].resources.requests.cpu',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].resources.requests.memory',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].resources.limits.cpu',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].resources.limits.memory',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem',
  'pod-security: Deployment pgbouncer: spec.template.spec.containers[0].securityContext.runAsUser',
  'pod-security: Deployment pgbouncer: spec.template.spec.automountServiceAccountToken',
  'pod-security: Namespace salient-prod: metadata.labels["pod-security.kubernetes.io/enforce"]',
  'images: Deployment chat-api: spec.template.spec.containers[0].image',
  'images: Deployment admin-api: spec.template.spec.containers[0].image',
  'images: Deployment pgbouncer: spec.template.spec.containers[0].image',
  'secrets: Secret tenant-db-credentials: stringData',
  'rollout: Deployment chat-api: spec.template.spec.containers[0].startupProbe',
  'rollout: Deployment admin-api: spec.template.spec.containers[0].startupProbe',
  'rollout: Deployment pgbouncer: spec.template.spec.containers[0].startupProbe',
  'rollout: Deployment pgbouncer: spec.template.spec.containers[0].livenessProbe',
  'rollout: Deployment pgbouncer: spec.template.spec.containers[0].readinessProbe',
  'api-versions: SecretStore tenant-db-store: apiVersion',
  'api-versions: ExternalSecret tenant-db-external-secret: apiVersion',
];

test('all manifests of the document are judged', () => {
  expect(objects).toHaveLength(14);
  expect(readFileSync(FILE, 'utf8').match(/^kind:/gm)).toHaveLength(14);
});

test('exactly the violations that need no intent are found', () => {
  const found = check(objects).map(
    ({ rule, object: { kind, metadata }, path }) => `${rule}: ${kind} ${metadata.name}: ${path}`,
  );
  expect(found.sort()).toEqual([...FAULTS].sort());
});

describe('compared with the intent of prod', () => {
  const prod = buildEnvironments(registry, PROJECT, ['prod']);
  const found = judgeAs(prod, objects).map(({ rule, object, message }) => `${rule}: ${objectName(object)}: ${message}`);

  test.each([
    [
      'the admin API is routed to the Internet',
      /^reachability: Ingress salient-prod\/salient-ingress: admin\.salient\.ai\/ leads to salient-prod\/admin-api, expected salient-prod\/admin-ui$/,
    ],
    [
      'everyone may come',
      /^reachability: Ingress .*: admin\.salient\.ai\/ admits everyone, expected 203\.0\.113\.0\/24$/,
    ],
    [
      'its policy admits addresses, which behind an edge are nobody',
      /^reachability: NetworkPolicy salient-prod\/admin-api-policy: allows connections from 10\.0\.0\.0-10\.255\.255\.255 on TCP 8000/,
    ],
    [
      'and not the edge',
      /^reachability: Deployment salient-prod\/admin-api: no policy allows connections from ingress-nginx\/edge on TCP 8000, which is declared$/,
    ],
    [
      'nothing isolates chat-api',
      /^reachability: Deployment salient-prod\/chat-api: no NetworkPolicy of type Ingress selects it/,
    ],
    [
      'nothing holds what it connects to',
      /^reachability: Deployment salient-prod\/chat-api: no NetworkPolicy of type Egress selects it/,
    ],
    [
      'PgBouncer is open to everyone',
      /^reachability: Deployment salient-admin\/pgbouncer: no NetworkPolicy of type Ingress selects it/,
    ],
  ])('%s', (_, expected) => {
    expect(found.filter((line) => expected.test(line))).toHaveLength(1);
  });
});
