import { type StoreNeeds, shellWords } from '../../lib/pipeline/store-needs';
import type { Provider, ProviderOptions } from './provider';

type AzureStore = Extract<StoreNeeds['store'], { kind: 'azure' }>;

/** The audience of the cluster's tokens. Source: learn.microsoft.com, Workload identity federation. */
const AUDIENCE = 'api://AzureADTokenExchange';

/** The name of the vault: the first part of its host name. */
function vaultOf({ vaultUrl }: AzureStore): string {
  return new URL(vaultUrl).hostname.split('.')[0] as string;
}

function trustOf({ readers }: StoreNeeds, { clientId }: AzureStore, environment: string, issuer: string): string {
  const accounts = new Map(readers.map((reader) => [`${reader.namespace}:${reader.serviceAccount}`, reader]));
  const commands = [...accounts.values()].map(
    ({
      namespace,
      serviceAccount,
    }) => `az identity federated-credential create --identity-name "$name" --resource-group "$group" \\
  --name berth-${environment}-${namespace} --issuer '${issuer}' \\
  --subject system:serviceaccount:${namespace}:${serviceAccount} --audiences ${AUDIENCE}`,
  );
  return [
    `read -r name group < <(az identity list --query "[?clientId=='${clientId}'].[name, resourceGroup]" --output tsv)`,
    ...commands,
  ].join('\n');
}

/** How to set up Azure Key Vault. */
export function azure(needs: StoreNeeds, { issuer, environment }: ProviderOptions): Provider {
  const store = needs.store as AzureStore;
  const vault = vaultOf(store);
  return {
    title: `Azure Key Vault ${vault}, read as ${store.clientId}`,
    policy: {
      note: '# The secrets that the identity may read. The vault has to use the permission model Azure RBAC.',
      text: `vault=$(az keyvault show --name ${vault} --query id --output tsv)
identity=$(az ad sp show --id ${store.clientId} --query id --output tsv)
for key in ${shellWords(needs.keys)}
do
  az role assignment create --role 'Key Vault Secrets User' --scope "$vault/secrets/$key" \\
    --assignee-object-id "$identity" --assignee-principal-type ServicePrincipal
done`,
    },
    trust:
      issuer === undefined
        ? {
            note: `# The trust of this identity needs --oidc-provider, the URL that this prints:
# az aks show --name CLUSTER --resource-group GROUP --query oidcIssuerProfile.issuerUrl --output tsv`,
            text: '',
          }
        : {
            note: '# The ServiceAccounts that may use this identity, by tokens of the cluster.',
            text: trustOf(needs, store, environment, issuer),
          },
    functions: `set_secret() {
  az keyvault secret set --vault-name ${vault} --name "$1" --file /dev/stdin --encoding utf-8 --output none
}
create() {
  if az keyvault secret show --vault-name ${vault} --name "$1" --output none 2>/dev/null; then
    echo "$1 already exists" >&2
    return 1
  fi
  set_secret "$1"
}
extend() {
  local old
  old=$(az keyvault secret show --vault-name ${vault} --name "$1" --query value --output tsv)
  { printf '%s\\n' "$old" && cat; } | jq -cs add | tr -d '\\n' | set_secret "$1"
}`,
    listing: `for key in ${shellWords(needs.keys)}
do
  az keyvault secret show --vault-name ${vault} --name "$key" --query value --output tsv 2>/dev/null |
    jq -Rrs --arg key "$key" 'select(. != "") | $key, (fromjson? | objects | keys[] | "\\($key):\\(.)")'
done`,
  };
}
