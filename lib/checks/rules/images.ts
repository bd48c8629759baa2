import { namesFullVersion } from '../../base/image';
import { formatValue } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { clustersOf } from '../cluster/cloudnative-pg';
import { ClusterIndex } from '../cluster/cluster-index';
import { containersOf, listOf, type Pod } from '../cluster/pods';
import type { Level, Violation } from '../cluster/violation';
import type { Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'images';

/** An image that a pod pulls, with its fields. */
interface ImageUse {
  readonly object: ManifestObject;
  /** The path of the container or volume. */
  readonly path: string;
  readonly referenceField: string;
  readonly policyField: string;
  readonly reference: string;
  readonly policy: unknown;
}

/** The images of a pod's containers and volumes. */
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

/** The images of what operators run: Clusters of CloudNativePG and RabbitmqClusters. */
function operatedUsesOf(cluster: ClusterIndex): ImageUse[] {
  const uses = (objects: readonly ManifestObject[], referenceField: string) =>
    objects
      .filter(({ spec }) => typeof spec?.[referenceField] === 'string')
      .map((object) => ({
        ...{ object, path: 'spec', referenceField, policyField: 'imagePullPolicy' },
        ...{ reference: object.spec[referenceField], policy: object.spec.imagePullPolicy },
      }));
  return [...uses(clustersOf(cluster), 'imageName'), ...uses(cluster.ofKind('RabbitmqCluster'), 'image')];
}

/** The images of all pods, also of those that operators make. */
export function imagesOf(objects: readonly ManifestObject[]): string[] {
  const cluster = new ClusterIndex(objects);
  return [...cluster.pods.flatMap(imageUsesOf), ...operatedUsesOf(cluster)].map(({ reference }) => reference);
}

interface Reference {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Parses an image reference. The tag is after the last slash, since the registry may have a port. */
function parseReference(reference: string): Reference {
  const [name = '', digest] = reference.split('@', 2);
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  const tag = colon < 0 ? undefined : last.slice(colon + 1);
  return { repository: tag === undefined ? name : name.slice(0, -tag.length - 1), tag, digest };
}

const DIGEST = /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;

function useViolations({ object, path, reference, policy, ...fields }: ImageUse, development: boolean): Violation[] {
  const { repository, tag, digest } = parseReference(reference);
  const violations: Violation[] = [];
  const report = (field: string, message: string, level?: Level) =>
    violations.push({ rule: NAME, object, path: `${path}.${field}`, message, level });
  if (digest !== undefined) {
    if (!DIGEST.test(digest)) {
      report(
        fields.referenceField,
        `given "${reference}", expected a digest of sha256: and 64 hexadecimal digits`,
        'broken',
      );
    }
    return violations;
  }
  if (tag !== undefined && namesFullVersion(repository, tag)) return violations;
  if (!development) {
    const given =
      tag === undefined ? `"${reference}", which means the tag latest` : `the tag of "${reference}", which may move`;
    report(fields.referenceField, `given ${given}, expected a tag that names a full version, or a digest`);
  }
  // The default policy is Always for the tag latest, else IfNotPresent. Source: kubernetes.io, Images.
  const effective = policy ?? (tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent');
  if (effective !== 'Always') {
    const given = policy == null ? `none, which means ${effective},` : formatValue(policy);
    report(
      fields.policyField,
      `given ${given} for the tag of "${reference}", which may move, so that nodes run different images; expected Always, or a full version`,
    );
  }
  return violations;
}

/** Containers of a group that run another image than the first one. */
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

/** All images are fixed, and containers that must run the same image do. */
export const images: Rule = {
  name: NAME,
  level: 'policy',
  rationale: `A tag such as latest, 16-alpine or 1.27 may refer to another image later: pods of one Deployment then run different versions, a
rollback has no effect, and it is unknown which version ran. Two workloads of one program that run different images may expect
different schemas of their database.`,
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
    ...operatedUsesOf(cluster).flatMap((use) => useViolations(use, intent?.development === true)),
    ...(intent ? sameImageViolations(cluster, intent) : []),
  ],
};
