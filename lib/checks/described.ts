import { isSame } from '../manifests/fields';
import type { ManifestObject } from '../manifests/object';
import type { ClusterIndex } from './cluster/cluster-index';
import { at, containersOf, type Fields, listOf, type Pod } from './cluster/pods';
import type { FieldFinding, Finding } from './cluster/violation';
import { shown } from './shown';

/** A value on one line, at most 120 characters of it. */
const show = (value: unknown): string => shown('', value, 120);

/** The Secrets that a pod's volumes hold, each as its name, or as its name and key, with its field. */
function mountedSecrets(pod: Pod): { readonly secret: string; readonly path: string }[] {
  const of = (source: Fields, name: unknown, path: string) => {
    if (typeof name !== 'string') return [];
    const items = listOf(source.items);
    return items.length === 0
      ? [{ secret: name, path }]
      : items.map(({ key }) => ({ secret: `${name}, key ${key}`, path }));
  };
  return listOf(pod.spec.volumes).flatMap(({ secret, projected }, index) => {
    const path = `${pod.path}.volumes[${index}]`;
    return [
      ...of(secret, secret?.secretName, `${path}.secret`),
      ...listOf(projected?.sources).flatMap((source, item) =>
        of(source.secret, source.secret?.name, `${path}.projected.sources[${item}].secret`),
      ),
    ];
  });
}

/** Secrets that are mounted and are not described. A key of a Secret that is mounted whole is described with it. */
function secretFindings(pod: Pod, described: Pod): FieldFinding[] {
  const known = new Set(mountedSecrets(described).map(({ secret }) => secret));
  return mountedSecrets(pod)
    .filter(({ secret }) => !known.has(secret) && !known.has(secret.split(', key ')[0] as string))
    .map(({ secret, path }) => ({
      path,
      message: `given Secret ${secret}, which is not declared for ${pod.name}, expected ${[...known].join('; ') || 'none'}: its containers could read it`,
    }));
}

/** What a container runs, beside its image. */
const PROGRAMS = ['command', 'args', 'lifecycle.postStart', 'lifecycle.preStop.exec'];

function programFindings(pod: Pod, described: Pod): FieldFinding[] {
  const expected = new Map(containersOf(described).map(({ fields }) => [fields.name, fields]));
  return containersOf(pod).flatMap(({ fields, path }) => {
    const declared = expected.get(fields.name);
    if (declared === undefined) return [];
    return PROGRAMS.filter((field) => !isSame(at(fields, field) ?? undefined, at(declared, field))).map((field) => ({
      path: `${path}.${field}`,
      message: `given ${show(at(fields, field))}, expected ${show(at(declared, field))}: the container runs something else`,
    }));
  });
}

/** When a workload runs. */
function timeFindings({ owner }: Pod, { owner: described }: Pod): FieldFinding[] {
  const [given, expected] = [owner.spec, described.spec];
  const findings: FieldFinding[] = [];
  if (owner.kind === 'CronJob') {
    const suspended = (spec: Fields) => spec?.suspend === true;
    if (suspended(given) && !suspended(expected)) {
      findings.push({
        path: 'spec.suspend',
        message: `given true, expected false: it never runs, and is declared for "${expected.schedule}"`,
      });
    }
    if (!suspended(given) && suspended(expected)) {
      findings.push({
        path: 'spec.suspend',
        message: 'given false, expected true: it runs by itself, and is declared to be started by hand',
      });
    }
    if (given?.schedule !== expected?.schedule) {
      findings.push({
        path: 'spec.schedule',
        message: `given ${show(given?.schedule)}, expected "${expected.schedule}"`,
      });
    }
  }
  if (given?.replicas === 0 && expected?.replicas !== 0) {
    findings.push({
      path: 'spec.replicas',
      message: `given 0, expected ${expected?.replicas ?? 'those of its autoscaler'}: no pod runs`,
    });
  }
  return findings;
}

/** What a workload may read, runs, and when, beside what is described. */
export function workloadFindings(pod: Pod, described: Pod): FieldFinding[] {
  return [...secretFindings(pod, described), ...programFindings(pod, described), ...timeFindings(pod, described)];
}

/** Annotations of ServiceAccounts that give their pods an identity in a cloud. */
const IDENTITIES = [
  'eks.amazonaws.com/role-arn',
  'iam.gke.io/gcp-service-account',
  'azure.workload.identity/client-id',
];

function identityFindings({ metadata }: ManifestObject, described: ManifestObject): FieldFinding[] {
  return IDENTITIES.flatMap((key): FieldFinding[] => {
    const [given, expected] = [metadata.annotations?.[key], described.metadata.annotations?.[key]];
    if (given === undefined || given === expected) return [];
    const message = `given ${show(given)}, expected ${show(expected)}: its pods have other rights in the cloud`;
    return [{ path: `metadata.annotations["${key}"]`, message }];
  });
}

/** Where the values of a Secret come from. */
function sourceFindings({ spec }: ManifestObject, { spec: described }: ManifestObject): FieldFinding[] {
  const fetched = new Map(listOf(described?.data).map(({ secretKey, remoteRef }) => [secretKey, remoteRef]));
  const templates: Fields = described?.target?.template?.data ?? {};
  return [
    ...listOf(spec?.data).flatMap(({ secretKey, remoteRef }, index): FieldFinding[] => {
      if (!fetched.has(secretKey) || isSame(remoteRef, fetched.get(secretKey))) return [];
      const message = `given ${show(remoteRef)} for ${secretKey}, expected ${show(fetched.get(secretKey))}: its pods get another secret`;
      return [{ path: `spec.data[${index}].remoteRef`, message }];
    }),
    ...(isSame(spec?.dataFrom ?? [], described?.dataFrom ?? [])
      ? []
      : [
          {
            path: 'spec.dataFrom',
            message: `given ${show(spec?.dataFrom)}, expected ${show(described?.dataFrom)}: its pods get other secrets`,
          },
        ]),
    ...Object.entries<unknown>(spec?.target?.template?.data ?? {}).flatMap(([key, text]): FieldFinding[] => {
      if (!Object.hasOwn(templates, key) || templates[key] === text) return [];
      const message = 'given another template than the declared one: its pods get other values, or send them elsewhere';
      return [{ path: `spec.target.template.data.${key}`, message }];
    }),
  ];
}

function storeFindings({ spec }: ManifestObject, { spec: described }: ManifestObject): FieldFinding[] {
  if (isSame(spec?.provider, described?.provider)) return [];
  const message = 'given another store, region or way to log in than the declared one: all secrets come from there';
  return [{ path: 'spec.provider', message }];
}

const COMPARED: Readonly<Record<string, (object: ManifestObject, described: ManifestObject) => FieldFinding[]>> = {
  ServiceAccount: identityFindings,
  ExternalSecret: sourceFindings,
  SecretStore: storeFindings,
};

/** Identities in a cloud and sources of secrets that are not those of the description. */
export function sourcesFindings(cluster: ClusterIndex, described: ClusterIndex): Finding[] {
  return cluster.ofKind(...Object.keys(COMPARED)).flatMap((object) => {
    const { kind, metadata } = object;
    const expected = described.find(kind, metadata.namespace, metadata.name);
    if (expected === undefined || expected === object) return [];
    return (COMPARED[kind]?.(object, expected) ?? []).map((finding) => ({ object, ...finding }));
  });
}
