import { formatValue } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { clustersOf } from '../cluster/cloudnative-pg';
import { ClusterIndex } from '../cluster/cluster-index';
import { containersOf, listOf, type Pod } from '../cluster/pods';
import type { Violation } from '../cluster/violation';
import type { Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'images';

/** An image that a pod pulls, and where it is named. */
interface ImageUse {
  readonly object: ManifestObject;
  /** The fields beside it stand at `${path}.…`. */
  readonly path: string;
  readonly referenceField: string;
  readonly policyField: string;
  readonly reference: string;
  readonly policy: unknown;
}

/** The images of a pod's containers, and those that it mounts as volumes. */
function imageUsesOf(pod: Pod): ImageUse[] {
  const object = pod.owner;
  const containers = containersOf(pod).map(({ path, fields }) => ({
    ...{ object, path, referenceField: 'image', policyField: 'imagePullPolicy' },
    ...{ reference: fields.image, policy: fields.imagePullPolicy },
  }));
  const volumes = listOf(pod.spec.volumes).map(({ image }, index) => ({
    ...{ object, path: `${pod.path}.volumes[${index}].image`, referenceField: 'reference', policyField: 'pullPolicy' },
    ...{ reference: image?.reference, policy: image?.pullPolicy },
  }));
  return [...containers, ...volumes].filter(({ reference }) => typeof reference === 'string' && reference !== '');
}

/** The images of all pods, and of the pods that CloudNativePG is asked to run. */
export function imagesOf(objects: readonly ManifestObject[]): string[] {
  const cluster = new ClusterIndex(objects);
  const ofClusters = clustersOf(cluster).map(({ spec }) => spec?.imageName);
  return [...cluster.pods.flatMap(imageUsesOf).map(({ reference }) => reference), ...ofClusters.filter(Boolean)];
}

interface Reference {
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** The registry may have a port, so a tag is looked for behind the last slash only. */
function parseReference(reference: string): Reference {
  const [name = '', digest] = reference.split('@', 2);
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return { tag: colon < 0 ? undefined : last.slice(colon + 1), digest };
}

/** A commit may happen to be spelled without a digit. */
const COMMIT = /^(?:sha-|git-)?[a-f]{7,40}$/;

/**
 * Whether a tag is made to be moved: `latest`, `main`, `stable-alpine`, `nightly`, `dev`. A tag that names a version, a date or a
 * commit has a digit.
 */
function isMutable(tag: string | undefined): boolean {
  return tag === undefined || /^latest(?![A-Za-z0-9])/i.test(tag) || (/^\D*$/.test(tag) && !COMMIT.test(tag));
}

const DIGEST = /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;

function useViolations({ object, path, reference, policy, ...fields }: ImageUse, development: boolean): Violation[] {
  const { tag, digest } = parseReference(reference);
  const violations: Violation[] = [];
  const report = (field: string, message: string) =>
    violations.push({ rule: NAME, object, path: `${path}.${field}`, message });
  if (digest !== undefined) {
    if (!DIGEST.test(digest)) {
      report(fields.referenceField, `given "${reference}", expected a digest of sha256: and 64 hexadecimal digits`);
    }
    return violations;
  }
  if (!isMutable(tag)) return violations;
  if (!development) {
    const given =
      tag === undefined ? `"${reference}", which means the tag latest` : `the mutable tag of "${reference}"`;
    report(fields.referenceField, `given ${given}, expected a tag that names a version, or a digest`);
  }
  // Without a policy what is tagged latest is pulled always and all else when absent. Source: kubernetes.io, Images.
  const effective = policy ?? (tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent');
  if (effective !== 'Always') {
    const given = policy == null ? `none, which means ${effective},` : formatValue(policy);
    report(
      fields.policyField,
      `given ${given} for the mutable tag of "${reference}", with which nodes run different images; expected Always or a tag that does not move`,
    );
  }
  return violations;
}

/** Workloads that are one program run one image: the first container's. */
function sameImageViolations({ pods }: ClusterIndex, { sameImage }: Intent): Violation[] {
  const byName = new Map<string, Pod[]>();
  for (const pod of pods) {
    const name = `${pod.namespace}/${pod.name}`;
    const there = byName.get(name);
    if (there) there.push(pod);
    else byName.set(name, [pod]);
  }
  return sameImage.flatMap((group) => {
    const [first, ...others] = group.flatMap(({ namespace, name, container }) =>
      (byName.get(`${namespace}/${name}`) ?? []).flatMap((pod) => {
        const found = containersOf(pod).find(({ role, fields }) =>
          container === undefined ? role === 'container' : fields.name === container,
        );
        return found ?? [];
      }),
    );
    return others.flatMap(({ pod, path, fields }) =>
      first === undefined || fields.image === first.fields.image
        ? []
        : [
            {
              rule: NAME,
              object: pod.owner,
              path: `${path}.image`,
              message: `given ${formatValue(fields.image)}, expected ${formatValue(first.fields.image)} as in ${objectName(first.pod.owner)}, since both must run one image`,
            },
          ],
    );
  });
}

/** Every image is one that does not move, and what must run one image does. */
export const images: Rule = {
  name: NAME,
  rationale: `A tag such as latest means another image tomorrow: pods of one Deployment then run different programs, a roll back
rolls back to the same image, and nobody can say what ran. Two parts of one program that run different images speak to one
database with two ideas of its schema.`,
  wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: api, image: "example.com/api:latest" }]
`,
  right: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: api, image: "example.com/api:v1.2.3" }]
`,
  judge: (cluster, intent) => [
    ...cluster.pods.flatMap(imageUsesOf).flatMap((use) => useViolations(use, intent?.development === true)),
    ...(intent ? sameImageViolations(cluster, intent) : []),
  ],
};
