import { type StoreNeeds, shellWords } from '../../lib/pipeline/store-needs';
import type { Provider, ProviderOptions } from './provider';

type VaultStore = Extract<StoreNeeds['store'], { kind: 'vault' }>;

/** How to set up HashiCorp Vault. */
export function vault(needs: StoreNeeds, { environment }: ProviderOptions): Provider {
  const { server, path, mountPath, role } = needs.store as VaultStore;
  const policy = `berth-${environment}-${role}`;
  const paths = needs.keys.map(({ key }) => `path "${path}/data/${key}" {\n  capabilities = ["read"]\n}`);
  const list = (of: readonly string[]) => [...new Set(of)].join(',');
  const accounts = list(needs.readers.map(({ serviceAccount }) => serviceAccount));
  const namespaces = list(needs.readers.map(({ namespace }) => namespace));
  return {
    title: `Vault at ${server}, mounted at ${path}, read as ${role}`,
    policy: {
      note: `# The paths that ${role} may read: vault policy write ${policy} policy.hcl`,
      text: paths.join('\n'),
    },
    trust: {
      note: `# The ServiceAccounts that may log in as ${role}, by tokens of the cluster.`,
      text: `vault write -address=${server} auth/${mountPath}/role/${role} \\
  bound_service_account_names=${accounts} \\
  bound_service_account_namespaces=${namespaces} \\
  token_policies=${policy} token_ttl=15m`,
    },
    functions: `create() {
  vault kv put -address=${server} -mount=${path} -cas=0 "$1" - >/dev/null
}
extend() {
  vault kv patch -address=${server} -mount=${path} "$1" - >/dev/null
}`,
    listing: `for key in ${shellWords(needs.keys)}
do
  vault kv get -address=${server} -mount=${path} -format=json "$key" 2>/dev/null |
    jq -r --arg key "$key" '$key, (.data.data | keys[] | "\\($key):\\(.)")'
done`,
  };
}
