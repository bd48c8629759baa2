import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { containersOf, listOf } from './pods';
import { podReferences } from './references';
import type { FieldFinding, Finding } from './violation';

/** A line `key = value` or `key value` of a configuration file. */
interface Setting {
  /** The field with the file. */
  readonly path: string;
  readonly key: string;
  readonly value: string;
}

/** The settings of the files of a ConfigMap. Comments begin with `;` or `#`. */
function settingsIn({ data }: ManifestObject, isFile: (name: string) => boolean): Setting[] {
  return Object.entries<unknown>(data ?? {}).flatMap(([name, text]) =>
    typeof text !== 'string' || !isFile(name)
      ? []
      : text.split('\n').flatMap((line) => {
          const [, key = '', value = ''] = /^\s*([\w*.-]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
          return key === '' ? [] : [{ path: `data["${name}"]`, key, value }];
        }),
  );
}

const isText = (text: unknown, pattern: RegExp): boolean => typeof text === 'string' && pattern.test(text);
const hasFile = ({ data }: ManifestObject, pattern: RegExp): boolean =>
  Object.values<unknown>(data ?? {}).some((text) => isText(text, pattern));

/** The ways to log in to PgBouncer that ask for no password, or for one in clear text. Source: pgbouncer.org, Configuration, auth_type. */
const OPEN: Readonly<Record<string, string>> = {
  trust: 'which asks for no password',
  any: 'which asks for no password, and lets every client be the user of the database entry',
  plain: 'which sends passwords in clear text',
};

/** Whether a host is outside the cluster: names of Services have no dot, or end in .svc or the cluster's domain. */
const isOutside = (cluster: ClusterIndex, host: string): boolean => {
  const [service = '', namespace, ...rest] = host.split('.');
  if (rest.length === 0 && cluster.find('Service', namespace, service) !== undefined) return false;
  return /\./.test(host) && !/\.svc(\.|$)/.test(host);
};

function pgBouncerFindings(cluster: ClusterIndex, object: ManifestObject): FieldFinding[] {
  if (!hasFile(object, /^\s*\[pgbouncer\]/m)) return [];
  const settings = settingsIn(object, (name) => name.endsWith('.ini'));
  const hosts = settings.flatMap(({ value }) => /(?:^|\s)host=(\S+)/.exec(value)?.[1] ?? []);
  const outside = hosts.find((host) => isOutside(cluster, host));
  const ports = new Set(
    cluster.pods
      .filter((pod) =>
        podReferences(pod).some(
          ({ kind, namespace, name }) =>
            kind === 'ConfigMap' && namespace === object.metadata.namespace && name === object.metadata.name,
        ),
      )
      .flatMap((pod) => {
        // A port that its own container does not declare is open all the same, and ports of sidecars are not its own.
        const volumes = listOf(pod.spec.volumes).filter(({ configMap }) => configMap?.name === object.metadata.name);
        const own = containersOf(pod).filter(({ fields }) =>
          listOf(fields.volumeMounts).some((mount) => volumes.some(({ name }) => name === mount.name)),
        );
        return own.flatMap(({ fields }) => listOf(fields.ports).map(({ containerPort }) => String(containerPort)));
      }),
  );
  return settings.flatMap(({ path, key, value }): FieldFinding[] => {
    const open = key === 'auth_type' && Object.hasOwn(OPEN, value) ? OPEN[value] : undefined;
    if (open !== undefined) return [{ path, message: `given auth_type ${value}, ${open}, expected scram-sha-256` }];
    if (key === 'server_tls_sslmode' && /^(disable|allow|prefer)$/.test(value) && outside !== undefined) {
      const message = `given server_tls_sslmode ${value} for ${outside}, which is outside the cluster, expected verify-full or require: connections to it may be readable on their way`;
      return [{ path, message }];
    }
    if (key === 'listen_port' && ports.size > 0 && !ports.has(value)) {
      const message = `given listen_port ${value}, expected ${[...ports].join(' or ')}, a port of the pods that read it`;
      return [{ path, message, level: 'broken' }];
    }
    return [];
  });
}

/** Redis that asks for no password, or keeps nothing. Source: redis.io, Security, Persistence. */
function redisFindings(object: ManifestObject): FieldFinding[] {
  const file = Object.entries<unknown>(object.data ?? {}).find(
    ([name, text]) => /(redis|valkey).*\.conf$/.test(name) && isText(text, /^\s*(port|bind)\s/m),
  );
  if (file === undefined) return [];
  const path = `data["${file[0]}"]`;
  const settings = settingsIn(object, (name) => name.endsWith('.conf'));
  const lastOf = (key: string) => settings.findLast((one) => one.key === key)?.value;
  const asks = settings.some(({ key }) => ['aclfile', 'requirepass', 'user', 'sentinel'].includes(key));
  const isLocal = /^(127\.0\.0\.1|-?::1|localhost|\s)+$/.test(lastOf('bind') ?? '');
  // With allkeys-… it is a cache, which drops what it holds anyway.
  const isCache = /^allkeys-/.test(lastOf('maxmemory-policy') ?? '');
  const nothing = lastOf('appendonly') === 'no' && lastOf('save') === '""' && !isCache;
  return [
    ...(asks || isLocal
      ? []
      : [
          {
            path,
            message:
              'given neither aclfile nor requirepass, expected one: every client that reaches it may do everything',
          },
        ]),
    ...(nothing && lastOf('dir') !== undefined
      ? [{ path, message: 'given appendonly no and save "", expected one of them: a restart loses all data' }]
      : []),
  ];
}

/** Configuration files of PgBouncer and Redis that let in more than they should. */
export function serverFileFindings(cluster: ClusterIndex): Finding[] {
  return cluster
    .ofKind('ConfigMap')
    .flatMap((object) =>
      [...pgBouncerFindings(cluster, object), ...redisFindings(object)].map((finding) => ({ object, ...finding })),
    );
}
