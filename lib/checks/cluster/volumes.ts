import { type Fields, listOf, type Pod } from './pods';

/** A mounted volume or device of a container. */
export interface Mount {
  /** The name of the volume. */
  readonly name: unknown;
  /** The field of the mount. */
  readonly path: string;
  /** The path in the container, without a trailing slash. Undefined for devices. */
  readonly mountPath: unknown;
  readonly isReadOnly: boolean;
}

/** The mounts of a container: files and devices. */
export function mountsOf({ fields, path }: { fields: Fields; path: string }): Mount[] {
  return [
    ...listOf(fields.volumeMounts).map(({ name, mountPath, readOnly }, index) => ({
      ...{ name, path: `${path}.volumeMounts[${index}]`, isReadOnly: readOnly === true },
      mountPath: typeof mountPath === 'string' ? mountPath.replace(/(?<=[^/])\/{1,8}$/, '') : undefined,
    })),
    ...listOf(fields.volumeDevices).map(({ name }, index) => ({
      ...{ name, path: `${path}.volumeDevices[${index}]`, mountPath: undefined, isReadOnly: false },
    })),
  ];
}

/** A volume of a pod. */
export interface Volume {
  readonly name: unknown;
  readonly path: string;
  /** Whether it is a PersistentVolumeClaim, whose data outlive the pod. */
  readonly isPersistent: boolean;
}

/** The volumes of a pod, including the claim templates of a StatefulSet. */
export function volumesOf({ owner, spec, path }: Pod): Volume[] {
  const templates = owner.kind === 'StatefulSet' ? listOf(owner.spec?.volumeClaimTemplates) : [];
  return [
    ...listOf(spec.volumes).map(({ name, persistentVolumeClaim }, index) => ({
      name,
      path: `${path}.volumes[${index}]`,
      isPersistent: persistentVolumeClaim != null,
    })),
    ...templates.map(({ metadata }, index) => ({
      name: metadata?.name,
      path: `spec.volumeClaimTemplates[${index}]`,
      isPersistent: true,
    })),
  ];
}
