import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type Prices, pricesSchema } from '../../../lib/config/prices';
import type { Priced } from '../../../lib/cost/priced';
import { workloadsIn } from '../../../lib/cost/use';
import type { ManifestObject } from '../../../lib/manifests/object';
import { type Any, ROOT } from '../../support';

/** The prices of the fixtures, as text: those of the two documents, Render's and Kubernetes'. */
export const PRICES_TEXT = readFileSync(join(ROOT, 'test/fixtures/prices.yaml'), 'utf8');

/** The same prices, with changes. */
export function pricesWith(change: (raw: Any) => void = () => undefined): Prices {
  const raw = parseYaml(PRICES_TEXT);
  change(raw);
  return pricesSchema.parse(raw);
}

export const PRICES = pricesWith();

interface Workload {
  readonly replicas?: number;
  readonly scale?: readonly [min: number, max: number];
  readonly cpu: string;
  readonly memory: string;
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly spec?: Any;
}

/** A Deployment, with an autoscaler where it has bounds. */
export function deployment(
  name: string,
  { replicas = 1, scale, cpu, memory, limits, spec }: Workload,
): ManifestObject[] {
  const metadata = { name, namespace: 'shop' };
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name, image: 'x', resources: { requests: { cpu, memory }, limits } }], ...spec },
  };
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { ...(!scale && { replicas }), template } },
    ...(scale
      ? [
          {
            apiVersion: 'autoscaling/v2',
            kind: 'HorizontalPodAutoscaler',
            metadata,
            spec: { scaleTargetRef, minReplicas: scale[0], maxReplicas: scale[1], metrics: [] },
          },
        ]
      : []),
  ];
}

/** What is exposed, so that there is a load balancer. */
export const INGRESS: ManifestObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'edge', namespace: 'shop' },
  spec: {},
};

/** The workloads that the Kubernetes document describes. */
export const SEED: readonly ManifestObject[] = [
  ...deployment('chat-api', { scale: [3, 20], cpu: '200m', memory: '256Mi' }),
  ...deployment('admin-api', { replicas: 2, cpu: '100m', memory: '256Mi' }),
  ...deployment('admin-ui', { replicas: 2, cpu: '50m', memory: '128Mi' }),
  INGRESS,
];

/** What is priced of objects, with one external database. */
export function priced(objects: readonly ManifestObject[], others: Partial<Priced> = {}): Priced {
  return { systems: ['shop'], workloads: workloadsIn(objects), databases: 1, ...others };
}
