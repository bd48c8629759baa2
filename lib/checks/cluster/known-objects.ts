import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { fieldsAt, parseFieldPath } from './field-paths';
import { type Fields, listOf } from './pods';
import { isBuiltIn } from './reference-forms';
import { runTimeMaker } from './run-time-secrets';
import { type Keys, keysIn, secretKeys } from './secret-keys';
import type { Level } from './violation';

const CLAIMS = parseFieldPath('volumeClaimTemplates[].metadata.name');

const SERVICE_NAME = 'spec.serviceName';

/** A reference to another object by name, with the keys or ports of it that are named. */
export interface Reference {
  /** The field that contains the name. */
  readonly path: string;
  readonly kind: string;
  /** Undefined for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** The named keys, ports, listeners or rules. */
  readonly parts: readonly { readonly name: string; readonly path: string }[];
}

/** All objects that references may name: objects of the set, those that operators create for them, prerequisites and built-ins. */
export class KnownObjects {
  private readonly secrets: ReadonlyMap<string, Keys>;
  private readonly claims = new Set<string>();
  private readonly parts = new Map<ManifestObject, Keys>();
  private readonly namespaces: ReadonlySet<string>;

  constructor(private readonly cluster: ClusterIndex) {
    this.secrets = secretKeys(cluster);
    this.namespaces = new Set(cluster.objects.map(({ metadata }) => metadata.namespace ?? 'default'));
    for (const { metadata, spec } of cluster.ofKind('StatefulSet')) {
      for (const { value } of fieldsAt(spec, CLAIMS)) {
        if (typeof value !== 'string') continue;
        this.claims.add(`${metadata.namespace ?? 'default'}/${value}-${metadata.name}`);
      }
    }
  }

  /** Whether the object of a reference exists. */
  has({ kind, namespace, name }: Reference): boolean {
    return (
      this.cluster.find(kind, namespace, name) !== undefined ||
      isBuiltIn(kind, namespace, name) ||
      (kind === 'Secret' && this.secrets.has(`${namespace}/${name}`)) ||
      // A StatefulSet creates claims with the ordinals of its pods.
      (kind === 'PersistentVolumeClaim' && this.claims.has(`${namespace}/${name.replace(/-\d+$/, '')}`)) ||
      this.cluster.findPrerequisite(kind, namespace, name) !== undefined
    );
  }

  /**
   * How much it matters that the object of a reference is missing. It may be applied elsewhere if it belongs to the cluster, or to a
   * namespace without objects here. Classes come with the cluster, and namespaces are made elsewhere, unless some of them are here.
   */
  levelOf(reference: Reference): Level {
    const { kind, namespace, path } = reference;
    if (this.makerOf(reference) !== undefined) return 'policy';
    // Pods of a StatefulSet run without their Service, and only have no names.
    if (path === SERVICE_NAME) return 'risk';
    if (namespace !== undefined) return this.namespaces.has(namespace) ? 'broken' : 'risk';
    const isMadeElsewhere = (kind.endsWith('Class') || kind === 'Namespace') && this.cluster.ofKind(kind).length === 0;
    return isMadeElsewhere ? 'policy' : 'risk';
  }

  /** What may make the object of a reference when it runs. */
  makerOf({ kind, namespace, name }: Reference): string | undefined {
    return kind === 'Secret' && namespace !== undefined ? runTimeMaker(this.cluster, namespace, name) : undefined;
  }

  /** The keys, ports, listeners or rules of the object of a reference. */
  partsOf({ kind, namespace, name }: Reference): Keys {
    if (kind === 'Secret') return this.secrets.get(`${namespace}/${name}`) ?? 'any';
    const object = this.cluster.find(kind, namespace, name);
    if (!object) {
      const keys = this.cluster.findPrerequisite(kind, namespace, name)?.keys;
      return keys ? new Set(keys) : 'any';
    }
    const known = this.parts.get(object) ?? partsIn(object);
    this.parts.set(object, known);
    return known;
  }
}

function partsIn({ kind, data, binaryData, spec }: ManifestObject): Keys {
  switch (kind) {
    case 'ConfigMap':
      return keysIn(data, binaryData);
    case 'Service':
      return spec?.type === 'ExternalName'
        ? 'any'
        : namesIn(listOf(spec?.ports).flatMap(({ port, name }) => [port, name]));
    case 'Gateway':
      return namesIn(listOf(spec?.listeners).map(({ name }) => name));
    case 'HTTPRoute':
      return namesIn(listOf(spec?.rules).map(({ name }) => name));
    default:
      return 'any';
  }
}

function namesIn(values: readonly Fields[]): Keys {
  return new Set(values.filter((value) => typeof value === 'string' || typeof value === 'number').map(String));
}
