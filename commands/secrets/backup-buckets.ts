import type { Statement } from './provider';

/** How many days whatever is deleted or overwritten stays. */
const DAYS = 30;

/** What would end the protection of what is stored. */
const NEVER = [
  's3:DeleteObjectVersion',
  's3:BypassGovernanceRetention',
  's3:PutObjectRetention',
  's3:PutObjectLegalHold',
  's3:PutBucketVersioning',
  's3:PutBucketObjectLockConfiguration',
  's3:PutLifecycleConfiguration',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:DeleteBucket',
];

/** The part of an S3 bucket that holds the backups of a system. */
export interface BackupBucket {
  /** The folder of the system below `dist/`. */
  readonly folder: string;
  readonly bucket: string;
  /** The path in the bucket, with a slash at its end; empty for the whole bucket. */
  readonly path: string;
  readonly policy: Required<Statement>;
}

/** The key may write, and what it deletes or overwrites stays as an old version. Source: docs.aws.amazon.com, S3 Object Lock; Actions for S3. */
function policyOf(partition: string, bucket: string, path: string): object {
  const whole = `arn:${partition}:s3:::${bucket}`;
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: [whole] },
      {
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
        ],
        Resource: [`${whole}/${path}*`],
      },
      { Effect: 'Deny', Action: NEVER, Resource: [whole, `${whole}/*`] },
    ],
  };
}

function noteOf(folder: string, bucket: string): string {
  const [lock, lifecycle] = [
    { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: DAYS } } },
    {
      Rules: [
        {
          ID: 'old-versions',
          Status: 'Enabled',
          Filter: {},
          NoncurrentVersionExpiration: { NoncurrentDays: DAYS },
          Expiration: { ExpiredObjectDeleteMarker: true },
        },
      ],
    },
  ].map((document) => JSON.stringify(document));
  return `# What the access key of the backups of ${folder} may do in the bucket ${bucket}: write, and delete nothing for good. restic deletes what is
# no longer kept and its locks; in a bucket with versions these stay as old versions for ${DAYS} days. Once, in this order
# (the last command replaces the rules that the bucket has):
# aws s3api put-bucket-versioning --bucket ${bucket} --versioning-configuration Status=Enabled
# aws s3api put-object-lock-configuration --bucket ${bucket} --object-lock-configuration '${lock}'
# aws s3api put-bucket-lifecycle-configuration --bucket ${bucket} --lifecycle-configuration '${lifecycle}'
# aws iam put-user-policy --user-name USER --policy-name backups --policy-document file://policy.json`;
}

/** The part of AWS that an S3 host is in. Other stores than Amazon's say `aws`, too. */
function partitionOf(host: string): string {
  if (host.endsWith('.amazonaws.com.cn')) return 'aws-cn';
  return /\.us-gov-\w+-\d\.amazonaws\.com$/.test(host) ? 'aws-us-gov' : 'aws';
}

/**
 * The bucket of a repository, and the policy of its access key; `undefined` where the repository is in no S3 bucket.
 *
 * @param folder that of the system below `dist/`
 */
export function backupBucket(folder: string, url: string): BackupBucket | undefined {
  const [, host, bucket, path] = /^s3:https?:\/\/([^/:]+)[^/]*\/([^/]+)\/?(.*?)\/?$/.exec(url) ?? [];
  if (host === undefined || bucket === undefined || path === undefined) return undefined;
  const below = path === '' ? '' : `${path}/`;
  const document = policyOf(partitionOf(host), bucket, below);
  const policy = { note: noteOf(folder, bucket), text: JSON.stringify(document, null, 2), document };
  return { folder, bucket, path: below, policy };
}
