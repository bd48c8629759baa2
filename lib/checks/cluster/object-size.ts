import type { ManifestObject } from '../../manifests/object';
import type { FieldFinding } from './violation';

/** The most bytes of all values of a ConfigMap or Secret. Source: kubernetes.io, ConfigMaps; Secrets. */
const MAX_DATA = 1024 * 1024;

/** The most bytes of all annotations of an object, keys included. Source: kubernetes.io, Annotations. */
const MAX_ANNOTATIONS = 256 * 1024;

function bytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0;
}

/** The number of bytes that a base64 text encodes. */
function decoded(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value, 'base64') : 0;
}

function sum(values: object | null | undefined, size: (value: unknown) => number): number {
  return Object.values(values ?? {}).reduce((total: number, value) => total + size(value), 0);
}

function dataOf({ kind, data, stringData, binaryData }: ManifestObject): number {
  if (kind === 'ConfigMap') return sum(data, bytes) + sum(binaryData, decoded);
  return kind === 'Secret' ? sum(data, decoded) + sum(stringData, bytes) : 0;
}

/** Data and annotations that are larger than the API server accepts. */
export function sizeFindings(object: ManifestObject): FieldFinding[] {
  const { annotations } = object.metadata;
  const data = dataOf(object);
  const annotated = Object.keys(annotations ?? {}).reduce((total, key) => total + bytes(key), sum(annotations, bytes));
  return [
    ...(data > MAX_DATA
      ? [
          {
            path: 'data',
            message: `given ${data} bytes, expected at most ${MAX_DATA}; split it into several objects`,
          },
        ]
      : []),
    ...(annotated > MAX_ANNOTATIONS
      ? [
          {
            path: 'metadata.annotations',
            message: `given ${annotated} bytes, expected at most ${MAX_ANNOTATIONS} in total`,
          },
        ]
      : []),
  ];
}
