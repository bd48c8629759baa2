import { stringify } from 'yaml';
import { check } from '../../../lib/checks/check';
import type { Prerequisite } from '../../../lib/checks/cluster/prerequisite';
import type { Level } from '../../../lib/checks/cluster/violation';
import { type ManifestObject, objectName } from '../../../lib/manifests/object';
import { readText } from '../../../lib/manifests/read-text';
import type { Any } from '../../support';

/** A container in which no rule finds anything. */
export const container = (fields: object = {}): Any => ({
  name: 'api',
  image: 'example.com/api:1.2.3',
  ports: [{ name: 'http', containerPort: 8080 }],
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  startupProbe: { httpGet: { path: '/', port: 'http' }, failureThreshold: 12 },
  livenessProbe: { httpGet: { path: '/', port: 'http' } },
  readinessProbe: { httpGet: { path: '/', port: 'http' } },
  ...fields,
});

/** The spec of a pod in which no rule finds anything. */
export const podSpec = (fields: object = {}, ...containers: Any[]): Any => ({
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 30,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: containers.length > 0 ? containers : [container()],
  ...fields,
});

/** A Deployment with its pods. */
export const deployment = (name: string, pod: Any = podSpec(), spec: object = {}): Any => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: pod },
    ...spec,
  },
});

/** A StatefulSet with its pods. */
export const statefulSet = (name: string, pod: Any = podSpec(), spec: object = {}): Any => ({
  ...deployment(name, pod, { serviceName: name, ...spec }),
  kind: 'StatefulSet',
});

/** A Service of the pods of a workload. */
export const service = (name: string, spec: object = {}): Any => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
});

/** A Job, which needs no probes. */
export const job = (name: string, pod: object = {}, metadata: object = {}): Any => {
  const { ports, startupProbe, livenessProbe, readinessProbe, ...plain } = container();
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${name}-0123abcd`, namespace: 'default', ...metadata },
    spec: {
      backoffLimit: 1,
      activeDeadlineSeconds: 600,
      template: { spec: podSpec({ restartPolicy: 'Never', ...pod }, plain) },
    },
  };
};

/** Any object of the namespace "default". */
export const object = (apiVersion: string, kind: string, name: string, fields: object = {}): Any => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  ...fields,
});

/** All findings about objects, as `risk: rollout: Deployment default/api: spec.x: …`, after they were written and read. */
export function told(
  objects: readonly ManifestObject[],
  given: readonly Prerequisite[] = [],
  least: Level = 'risk',
): string[] {
  const text = objects.map((one) => stringify(one, { version: '1.1', aliasDuplicateObjects: false })).join('---\n');
  const read = readText(text, 'a.yaml').flatMap((one) => one.object?.object ?? []);
  expect(read).toHaveLength(objects.length);
  const levels = least === 'policy' ? ['broken', 'risk', 'policy'] : ['broken', 'risk'];
  return check(read, given)
    .filter(({ level }) => levels.includes(level))
    .map(({ level, rule, object: of, path, message }) => `${level}: ${rule}: ${objectName(of)}: ${path}: ${message}`);
}
