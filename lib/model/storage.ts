import type { Stage } from './stage';

/** A volume of a component: its content outlives the pods. */
export interface Storage {
  /** The name of the volume in the pod. @default data */
  readonly name?: string;
  /** The path where the component's own container mounts it. */
  readonly path: string;
  /** The name of the PersistentVolumeClaim; set it to adopt an existing one. @default - `<component>-<name>` */
  readonly claim?: string;
  /**
   * `one` (ReadWriteOnce): the component is a StatefulSet of one replica.
   * `many` (ReadWriteMany): all replicas share the volume; the storage class has to support that.
   * `each` (ReadWriteOnce): each replica has a volume of its own; the component is a StatefulSet.
   *
   * @default one
   */
  readonly access?: 'one' | 'many' | 'each';
  /** A Kubernetes quantity, such as `5Gi`. */
  readonly size: string;
  /** @default - the cluster's default storage class */
  readonly storageClass?: string | undefined;
  /** When the claim is applied, for a task that mounts it before the component does. @default - the stage of the component */
  readonly stage?: Stage | undefined;
  /** Whether another component describes the claim, which both mount. @default false */
  readonly shared?: boolean;
}

/** A volume with its defaults filled in. */
export type FilledStorage = Storage & Required<Pick<Storage, 'name' | 'claim' | 'access'>>;

/**
 * Fills in the defaults of a component's volumes.
 *
 * @throws when two volumes have the same name
 */
export function storageOf(component: string, storage: readonly Storage[] = []): FilledStorage[] {
  const filled = storage.map(({ name = 'data', access = 'one', claim = `${component}-${name}`, ...rest }) => ({
    ...rest,
    name,
    access,
    claim,
  }));
  const names = filled.map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new Error(`${component} has two volumes of the same name: ${names.join(', ')}`);
  return filled;
}

/** Whether the pods of a component have volumes that are theirs alone. */
export function isStateful({ storage }: { readonly storage: readonly FilledStorage[] }): boolean {
  return storage.some(({ access }) => access !== 'many');
}

/** Whether a component is limited to one replica, since it has a volume that one pod can mount. */
export function isSingle({ storage }: { readonly storage: readonly FilledStorage[] }): boolean {
  return storage.some(({ access }) => access === 'one');
}

/** The name of a volume that is named like its path: `/var/cache/nginx` → `var-cache-nginx`. */
export function volumeName(path: string): string {
  return path
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}
