import type { ManifestObject } from '../../manifests/object';
import type { FieldFinding } from './violation';

/** Source: kubernetes.io, ConfigMaps; Secrets: the values of one together. */
const MAX_DATA = 1024 * 1024;

/** Source: kubernetes.io, Annotations: keys and values of an object together. */
const MAX_ANNOTATIONS = 256 * 1024;

function bytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0;
}

/** The bytes that Base64 stands for. */
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

/** What is larger than the API server takes. */
export function sizeFindings(object: ManifestObject): FieldFinding[] {
  const { annotations } = object.metadata;
  const data = dataOf(object);
  const annotated = Object.keys(annotations ?? {}).reduce((total, key) => total + bytes(key), sum(annotations, bytes));
  return [
    ...(data > MAX_DATA
      ? [
          {
            path: 'data',
            message: `given ${data} bytes, expected at most ${MAX_DATA}; split it in several objects`,
          },
        ]
      : []),
    ...(annotated > MAX_ANNOTATIONS
      ? [
          {
            path: 'metadata.annotations',
            message: `given ${annotated} bytes, expected at most ${MAX_ANNOTATIONS} of all of them together`,
          },
        ]
      : []),
  ];
}
