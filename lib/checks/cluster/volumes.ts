import { type Fields, listOf, type Pod } from './pods';

export interface Mount {
  readonly name: unknown;
  readonly path: string;
  /** Where it is in the container; a device has no such path. */
  readonly mountPath: unknown;
}

/** What a container mounts, as files or as a device. */
export function mountsOf({ fields, path }: { fields: Fields; path: string }): Mount[] {
  return [
    ...listOf(fields.volumeMounts).map(({ name, mountPath }, index) => ({
      ...{ name, path: `${path}.volumeMounts[${index}]` },
      mountPath: typeof mountPath === 'string' ? mountPath.replace(/(?<=[^/])\/{1,8}$/, '') : undefined,
    })),
    ...listOf(fields.volumeDevices).map(({ name }, index) => ({
      ...{ name, path: `${path}.volumeDevices[${index}]`, mountPath: undefined },
    })),
  ];
}

export interface Volume {
  readonly name: unknown;
  readonly path: string;
  /** Whether it outlives the pod. */
  readonly isPersistent: boolean;
}

/** The volumes of a pod's own, and those that a StatefulSet makes claims for. */
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
