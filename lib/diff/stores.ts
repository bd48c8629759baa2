import { containersOf, listOf, podOf } from '../checks/cluster/pods';
import type { Change } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';

/** The schemes of addresses of data stores. A WebSocket with the path /rpc is SurrealDB's. Source: surrealdb.com, Connecting. */
const SCHEMES = /^(postgres|mysql|mariadb|mongodb|redis|amqp)[\w+]*$/;

/** The server and the database of an address. */
interface StoreAddress {
  readonly server: string;
  readonly database: string;
}

/** The store that an address leads to. Credentials may be a template. @returns undefined for any other text */
function storeIn(value: unknown): StoreAddress | undefined {
  const [, scheme = '', server = '', database = ''] =
    /^(\w[\w+.-]*):\/\/(?:.*@)?([^/@?\s]+)(\/[^?\s]*)?/.exec(String(value)) ?? [];
  const isStore = SCHEMES.test(scheme) || (/^wss?$/.test(scheme) && database === '/rpc');
  return isStore ? { server, database } : undefined;
}

/** The variables of the containers of an object, by their names and containers. Values of Secrets are those of the Secrets. */
function variablesOf(object: ManifestObject): Readonly<Record<string, unknown>> {
  const pod = podOf(object, object.metadata.name);
  const pairs = (pod === undefined ? [] : containersOf(pod)).flatMap(({ fields }) =>
    listOf(fields.env).flatMap(({ name, value }) =>
      value === undefined ? [] : [[`${name} of ${fields.name}`, value] as const],
    ),
  );
  return Object.fromEntries(pairs);
}

/** The texts that an object gives to programs, by their keys. */
export function textsOf(object: ManifestObject | undefined): Readonly<Record<string, unknown>> {
  if (object?.kind === 'ConfigMap') return object.data ?? {};
  if (object?.kind === 'Secret') return object.stringData ?? {};
  if (object?.kind === 'ExternalSecret') return object.spec?.target?.template?.data ?? {};
  return object === undefined ? {} : variablesOf(object);
}

/** Whether a server is in the cluster. Where it keeps its data is then told by its volume. */
const isInside = ({ server }: StoreAddress) => /^(localhost|127\.0\.0\.1)(:|$)|\.svc(\.|:|$)/.test(server);

function moved(key: string, before: unknown, after: unknown): string[] {
  const [old, now] = [storeIn(before), storeIn(after)];
  const to = (from: unknown, next: unknown) =>
    `${key} leads to ${next} instead of ${from}, which has none of its data unless it was moved there`;
  if (/BUCKET|^S3_ENDPOINT/.test(key)) return before === after ? [] : [to(before, after ?? 'nothing')];
  if (old === undefined || now === undefined) return [];
  const isOther = old.server !== now.server && !(isInside(old) && isInside(now));
  const show = ({ server, database }: StoreAddress) => `${server}${database}`;
  return isOther || old.database !== now.database ? [to(show(old), show(now))] : [];
}

/** Data stores that programs leave for others: databases, Redis, queues, buckets. */
export function movedStores({ before, after }: Change): string[] {
  const now = textsOf(after);
  return after === undefined
    ? []
    : Object.entries(textsOf(before)).flatMap(([key, value]) => moved(key, value, now[key]));
}
