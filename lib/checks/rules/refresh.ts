import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { type Fields, numberOr } from '../cluster/pods';
import { FETCHING_KINDS, fetchingSpec, type RemoteValue, remoteValues } from '../cluster/remote-values';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'refresh';

/** When values are fetched again, from the policy that all others follow where several are used. */
const POLICIES = ['OnChange', 'CreatedOnce', 'Periodic'] as const;
type Policy = (typeof POLICIES)[number];

/** The policy of an object. An interval of 0 fetches once. Source: external-secrets.io, ExternalSecret. */
function policyOf(object: ManifestObject): Policy {
  const { refreshPolicy, refreshInterval } = fetchingSpec(object) ?? {};
  const named = POLICIES.find((one) => one === refreshPolicy) ?? 'Periodic';
  const never = typeof refreshInterval === 'string' && /^(0[a-zµ]*)+$/.test(refreshInterval);
  return named === 'Periodic' && (never || numberOr(refreshInterval, 1) === 0) ? 'CreatedOnce' : named;
}

/** How a SecretStore authenticates, which does not matter to what it contains. */
const AUTHENTICATION = new Set(['auth', 'authType', 'serviceAccountRef']);

/** The store behind a reference: SecretStores in several namespaces may read the same one. */
function storeOf(cluster: ClusterIndex, { metadata }: ManifestObject, reference: Fields): string {
  const { kind = 'SecretStore', name } = reference ?? {};
  const namespace = kind === 'ClusterSecretStore' ? undefined : (metadata.namespace ?? 'default');
  const provider: unknown = cluster.find(String(kind), namespace, String(name))?.spec?.provider;
  return provider === null || typeof provider !== 'object'
    ? `${kind}/${namespace ?? ''}/${name}`
    : JSON.stringify(provider, (key, value) => (AUTHENTICATION.has(key) ? undefined : value));
}

interface Fetched extends RemoteValue {
  readonly object: ManifestObject;
  readonly policy: Policy;
}

/** The fetched values, by store and key. */
function fetchedByKey(cluster: ClusterIndex): Fetched[][] {
  const fetched = cluster.ofKind(...FETCHING_KINDS).flatMap((object) => {
    const policy = policyOf(object);
    return remoteValues(object).map((value): Fetched => ({ ...value, object, policy }));
  });
  return [...groupBy(fetched, ({ object, store, key }) => `${storeOf(cluster, object, store)} ${key}`).values()];
}

function judge(cluster: ClusterIndex): Violation[] {
  const found = fetchedByKey(cluster).flatMap((same) => {
    const expected = POLICIES.find((policy) => same.some((one) => one.policy === policy));
    const model = same.find(({ policy }) => policy === expected) as Fetched;
    return same.filter(({ policy }) => policy !== expected).map((one) => ({ ...one, model }));
  });
  const pairs = groupBy(found, ({ object, model }) => `${objectName(object)} ${objectName(model.object)}`);
  return [...pairs.values()].map((same) => {
    const [{ object, policy, model }] = same as [(typeof found)[number]];
    const keys = [...new Set(same.map(({ key }) => key))].join(', ');
    const message = `given ${policy}, expected ${model.policy} as in ${objectName(model.object)}, which fetches ${keys} too: otherwise a value that is changed in the store arrives in one of both alone`;
    const prefix = object.kind === 'ClusterExternalSecret' ? 'spec.externalSecretSpec' : 'spec';
    return { rule: NAME, object, path: `${prefix}.refreshPolicy`, message };
  });
}

const manifest = (policy: string) => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: roles, namespace: shop-data }
spec:
  refreshPolicy: OnChange
  secretStoreRef: { kind: ClusterSecretStore, name: vault }
  data: [{ secretKey: shop, remoteRef: { key: shop/roles, property: shop } }]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: api, namespace: shop }
spec:
  ${policy}
  secretStoreRef: { kind: ClusterSecretStore, name: vault }
  data: [{ secretKey: DATABASE_PASSWORD, remoteRef: { key: shop/roles, property: shop } }]
`;

/** All that fetch one key of a secret store fetch it again at the same occasions. */
export const refresh: Rule = {
  name: NAME,
  rationale: `A password is in several Secrets: one from which a role of the database gets it, and those of the role's clients. If one is
fetched every hour and another one after a change only, a password that is changed in the store arrives in one alone, and the clients are
locked out until the other one is fetched, too. With OnChange for all of them, a revision fetches them together.`,
  wrong: manifest('refreshInterval: 1h'),
  right: manifest('refreshPolicy: OnChange'),
  judge,
};
