import type { ManifestObject } from '../../../lib/manifests/object';
import type { Any } from '../../support';

/** An object with a pod template. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The pod template. */
  readonly template: Any;
  /** The spec of a Job, or of the Job of a CronJob. */
  readonly job?: Any;
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

/** The objects of the laboratory. */
export class Objects {
  private readonly byKey = new Map<string, ManifestObject>();

  /** Adds objects, or replaces those of the same kind and name. */
  apply(objects: readonly ManifestObject[]): void {
    for (const object of objects) {
      const key = keyOf(object.kind, object.metadata.namespace, object.metadata.name);
      this.byKey.delete(key); // so that the object that was applied last is last
      this.byKey.set(key, object);
    }
  }

  find(kind: string, namespace: string | undefined, name: string): Any | undefined {
    return this.byKey.get(keyOf(kind, namespace, name));
  }

  of(kind: string): Any[] {
    return [...this.byKey.values()].filter((object) => object.kind === kind);
  }

  /**
   * The newest Deployment, StatefulSet, Job or CronJob with a name or with that `component` label: a Job's name ends with a hash.
   *
   * @throws when there is none
   */
  workload(namespace: string, name: string): Workload {
    const workloads = ['Deployment', 'StatefulSet', 'Job', 'CronJob']
      .flatMap((kind) => this.of(kind))
      .filter((object) => object.metadata.namespace === namespace);
    const found =
      workloads.findLast(({ metadata }) => metadata.name === name) ??
      workloads.findLast(({ metadata }) => metadata.labels?.component === name);
    if (found === undefined) {
      const names = workloads.map((object) => object.metadata.name).join(', ');
      throw new Error(`there is no workload ${name} in ${namespace}; there are: ${names || 'none'}`);
    }
    const { kind, spec } = found;
    const job = kind === 'CronJob' ? spec.jobTemplate.spec : kind === 'Job' ? spec : undefined;
    return { kind, namespace, name, template: (job ?? spec).template, ...(job && { job }) };
  }

  /** The values of a ConfigMap or Secret, or undefined when it does not exist. */
  values(kind: 'ConfigMap' | 'Secret', namespace: string, name: string): Map<string, Buffer> | undefined {
    const object = this.find(kind, namespace, name);
    if (object === undefined) return undefined;
    const decoded = (values: Record<string, string> = {}, encoding: BufferEncoding) =>
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value, encoding)] as const);
    return new Map(
      kind === 'Secret'
        ? [...decoded(object.data, 'base64'), ...decoded(object.stringData, 'utf8')]
        : [...decoded(object.data, 'utf8'), ...decoded(object.binaryData, 'base64')],
    );
  }
}
