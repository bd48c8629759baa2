import { type StoreNeeds, shellWords, subjects } from '../../lib/pipeline/store-needs';
import type { Provider, ProviderOptions } from './provider';

/** The size limit of an inline policy of a role, in characters without white space. Source: docs.aws.amazon.com, IAM and STS quotas. */
const LARGEST_POLICY = 10_240;

type AwsStore = Extract<StoreNeeds['store'], { kind: 'aws' }>;

/** `arn:aws:iam::123456789012:role/team/salient` */
function roleIn({ roleArn }: AwsStore): { partition: string; account: string; name: string } {
  const [, partition = '', , , account = '', path = ''] = roleArn.split(':');
  return { partition, account, name: path.split('/').at(-1) as string };
}

/** Secrets Manager adds a dash and six characters to a name: six `?` match them, but no longer name. */
function policyOf({ keys }: StoreNeeds, store: AwsStore): object {
  const { partition, account } = roleIn(store);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: keys.map(
          ({ key }) => `arn:${partition}:secretsmanager:${store.region}:${account}:secret:${key}-??????`,
        ),
      },
    ],
  };
}

/** Source: docs.aws.amazon.com, EKS, IAM roles for service accounts. */
function trustOf(needs: StoreNeeds, store: AwsStore, issuer: string): object {
  const { partition, account } = roleIn(store);
  const provider = issuer.replace(/^https:\/\//, '').replace(/^.*:oidc-provider\//, '');
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${provider}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${provider}:aud`]: 'sts.amazonaws.com', [`${provider}:sub`]: subjects(needs) },
        },
      },
    ],
  };
}

const asText = (document: object) => ({ document, text: JSON.stringify(document, null, 2) });

/** How to set up AWS Secrets Manager. */
export function aws(needs: StoreNeeds, { issuer, environment }: ProviderOptions): Provider {
  const store = needs.store as AwsStore;
  const { name } = roleIn(store);
  const region = `--region ${store.region}`;
  const size = JSON.stringify(policyOf(needs, store)).length;
  const tooLarge = `\n# It has ${size} characters, and IAM allows ${LARGEST_POLICY}: lower secrets.tenantShards, or split it.`;
  return {
    title: `AWS Secrets Manager in ${store.region}, read as ${store.roleArn}`,
    policy: {
      note: `# The keys that ${name} may read. Secrets encrypted with a KMS key of yours need kms:Decrypt on that key as well.
# aws iam put-role-policy --role-name ${name} --policy-name berth-${environment} --policy-document file://policy.json${size > LARGEST_POLICY ? tooLarge : ''}`,
      ...asText(policyOf(needs, store)),
    },
    trust:
      issuer === undefined
        ? {
            note: `# The trust policy of ${name} needs --oidc-provider, the URL that this prints:
# aws eks describe-cluster ${region} --name CLUSTER --query cluster.identity.oidc.issuer --output text`,
            text: '',
          }
        : {
            note: `# The ServiceAccounts that may assume ${name}. The cluster's issuer has to be registered as an identity provider in IAM.
# aws iam create-role --role-name ${name} --assume-role-policy-document file://trust.json
# aws iam update-assume-role-policy --role-name ${name} --policy-document file://trust.json`,
            ...asText(trustOf(needs, store, issuer)),
          },
    functions: `create() {
  aws secretsmanager create-secret ${region} --name "$1" --secret-string file:///dev/stdin >/dev/null
}
extend() {
  local old
  old=$(aws secretsmanager get-secret-value ${region} --secret-id "$1" --query SecretString --output text)
  { printf '%s\\n' "$old" && cat; } | jq -cs add |
    aws secretsmanager put-secret-value ${region} --secret-id "$1" --secret-string file:///dev/stdin >/dev/null
}`,
    listing: `for key in ${shellWords(needs.keys)}
do
  aws secretsmanager get-secret-value ${region} --secret-id "$key" --query SecretString --output text 2>/dev/null |
    jq -Rrs --arg key "$key" 'select(. != "") | $key, (fromjson? | objects | keys[] | "\\($key):\\(.)")'
done`,
  };
}
