import type { ServerKind } from '../../model/connection';
import type { SecretValue } from '../../model/secret';

/** A kind of place that restic writes to. */
interface StoreKind {
  /** The form of its repositories, as restic writes them. */
  readonly form: RegExp;
  readonly example: string;
  /** The server in documents and error messages, and its kind for diagrams. @default - there is none: it is a volume */
  readonly server?: { readonly name: string; readonly kind: ServerKind };
  /** The credentials by key of the Secret: variables of restic, and {@link StoreKind.file}. */
  readonly credentials: Readonly<Record<string, SecretValue>>;
  /** The key that restic reads as a file, and the variable with its path. @default - there is none */
  readonly file?: { readonly key: string; readonly variable: string };
}

/** A value of the remote JSON secret `backups`. */
function credential(property: string, about: string, development = 'development'): SecretValue {
  return { remote: 'backups', property, about, development };
}

const PATH = String.raw`[\w./-]*`;

/** The kinds by their names. Source: restic.readthedocs.io, Preparing a new repository. */
const STORES = {
  s3: {
    form: /^s3:https?:\/\/[\w.-]+(:\d{1,5})?\/[a-z0-9][\w./-]*$/,
    example: 's3:https://s3.us-east-1.amazonaws.com/salient-backups',
    server: { name: 'the S3 store of the backups', kind: 's3' },
    credentials: {
      AWS_ACCESS_KEY_ID: credential('access-key-id', 'ID of the access key of the S3 bucket with the dumps'),
      AWS_SECRET_ACCESS_KEY: credential(
        'secret-access-key',
        'secret of the access key of the S3 bucket with the dumps',
      ),
    },
  },
  azure: {
    // Source: learn.microsoft.com, Naming and referencing containers.
    form: new RegExp(`^azure:(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]:/${PATH}$`),
    example: 'azure:salient-backups:/',
    server: { name: 'the Azure container of the backups', kind: 'store' },
    credentials: {
      AZURE_ACCOUNT_NAME: credential('account-name', 'name of the Azure storage account with the dumps'),
      // The key has to be Base64.
      AZURE_ACCOUNT_KEY: credential(
        'account-key',
        'key of the Azure storage account with the dumps',
        'ZGV2ZWxvcG1lbnQ=',
      ),
    },
  },
  gs: {
    // Source: cloud.google.com, Bucket names. The project is needed for a new bucket only.
    form: new RegExp(`^gs:[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]:/${PATH}$`),
    example: 'gs:salient-backups:/',
    server: { name: 'the Google bucket of the backups', kind: 'store' },
    credentials: {
      'credentials.json': credential(
        'google-credentials',
        'JSON key of the service account of the Google bucket with the dumps, in one line: jq -c . FILE',
        '{"type":"service_account"}',
      ),
    },
    file: { key: 'credentials.json', variable: 'GOOGLE_APPLICATION_CREDENTIALS' },
  },
  rest: {
    // Without TLS, the password could be read on its way.
    form: new RegExp(String.raw`^rest:https://[\w.-]+(:\d{1,5})?/${PATH}$`),
    example: 'rest:https://backups.example.com/salient/',
    server: { name: 'the REST server of the backups', kind: 'store' },
    credentials: {
      RESTIC_REST_USERNAME: credential('server-username', 'user of the REST server with the dumps'),
      RESTIC_REST_PASSWORD: credential('server-password', 'password of that user of the REST server'),
    },
  },
  path: {
    // Folders that no image and no task has anything in.
    form: /^\/(backups|mnt|srv)(\/\w[\w.-]*)*\/?$/,
    example: '/backups',
    credentials: {},
  },
} as const satisfies Readonly<Record<string, StoreKind>>;

const KINDS: readonly StoreKind[] = Object.values(STORES);

/** The form of all repositories. */
export const REPOSITORY = new RegExp(KINDS.map(({ form }) => form.source).join('|'));

const { s3, azure, gs, rest, path } = STORES;

/** What is expected of a repository, with an example of each form. */
export const EXPECTED = `a repository as restic names it: ${s3.example}, ${azure.example}, ${gs.example}, ${rest.example} (its user and password are secrets), or ${path.example} or another path below /backups, /mnt or /srv, where the volume of claim is mounted`;

/** The kind of a repository of a valid form; `undefined` for any other. */
export function storeOf(repository: unknown): StoreKind | undefined {
  return typeof repository === 'string' ? KINDS.find(({ form }) => form.test(repository)) : undefined;
}
