import { createHmac, randomBytes } from 'node:crypto';
import type { Kubectl } from '../../../commands/shared/kubectl';
import { standInsOf } from '../../../commands/up/stand-ins';
import { writeVariant } from '../../../commands/up/variant';
import type { Image } from '../../../lib/base/image';
import { renderText } from '../../../lib/constructs/addresses';
import { isText } from '../../../lib/model/address';
import { encodedAs, keyIn, type Secret } from '../../../lib/model/secret';
import { type BuiltSystem, isSystem } from '../../../lib/pipeline/build';
import { judge } from '../../../lib/pipeline/judge';
import { folderWith, PROJECT, ROOT } from '../../support';
import { becomeAvailable } from '../rollout';

const SYSTEM = 'salient';

/** dev with features of the other environments: several replicas, an autoscaler, two PgBouncers, random secrets. */
const SETTINGS = {
  chatApi: { scale: { min: 2, max: 4, cpu: 70 }, cpu: '100m..1', memory: '128Mi..256Mi' },
  adminApi: { scale: { replicas: 2 }, cpu: '50m..300m', memory: '128Mi..256Mi' },
  pgbouncer: { replicas: 2, poolSize: 2, cpu: '50m..300m' },
  secrets: { kind: 'manual', revision: 1 },
  // This machine as an edge in kind, k3d or the cluster kit sees it, and none of their pods.
  admin: { allowedFrom: ['127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '10.244.0.1/32', '10.42.0.1/32'] },
};

/** One line of tenants.yaml. */
export interface TenantLine {
  readonly slug: string;
  readonly name?: string;
}

/** A random password that ends with characters which wrong quoting would break. */
function password(): string {
  return `${randomBytes(12).toString('base64url')} '"@/:%\\$\`&?#`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Salient in these tests: each change is written, checked and applied like a commit. */
export class Trial {
  readonly folder = folderWith({});
  /** The stand-ins for Salient's images, by their settings. */
  images: Readonly<Record<string, Image>> = standInsOf(ROOT, SYSTEM);
  tenants: readonly TenantLine[] = [
    { slug: 'acme' },
    { slug: 'acme-corp', name: "Robert'); DROP TABLE tenant_registry; --" },
    { slug: 'globex' },
  ];
  private readonly settings: Record<string, unknown> = { ...SETTINGS };
  private readonly values = new Map<string, string>();
  built: BuiltSystem;

  constructor(private readonly kubectl: Kubectl) {
    this.built = this.write();
  }

  private write(): BuiltSystem {
    const built = writeVariant(
      PROJECT,
      'dev',
      SYSTEM,
      {
        [SYSTEM]: (document) => {
          for (const [setting, { image, tag }] of Object.entries(this.images)) {
            document.setIn([setting, 'image'], image);
            document.setIn([setting, 'tag'], tag);
          }
          for (const [setting, value] of Object.entries(this.settings))
            document.set(setting, document.createNode(value));
        },
        tenants: (document) => {
          document.contents = document.createNode(this.tenants) as never;
        },
      },
      this.folder,
    );
    expect(judge([built])).toEqual([]);
    if (!isSystem(built)) throw new Error(`${SYSTEM} is no system`);
    return built;
  }

  /** The value of a key of the store, the same wherever it is used. */
  valueAt(remote: string, property = '', fallback = password()): string {
    const place = `${remote}#${property}`;
    const value = this.values.get(place) ?? fallback;
    this.values.set(place, value);
    return value;
  }

  private valuesOf({ values }: Secret): Record<string, string> {
    const simple = Object.entries(values).flatMap(([key, value]) => {
      if ('template' in value) return [];
      const { remote, property, development } = value;
      // The administrator's name is not random.
      return [[key, this.valueAt(remote, property, remote.endsWith('-user') ? development : undefined)] as const];
    });
    const known = Object.fromEntries(simple);
    const composed = Object.entries(values).flatMap(([key, value]) => {
      if (!('template' in value)) return [];
      const parts = value.template.map((part) =>
        isText(part) ? renderText(part) : encodedAs(part, known[keyIn(part)] as string),
      );
      return [[key, parts.join('')] as const];
    });
    return { ...known, ...Object.fromEntries(composed) };
  }

  /** Creates or updates the Secrets, like a user by hand. */
  private async applySecrets() {
    const items = this.built.model.secrets.map((secret) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: secret.namespace, name: secret.name, labels: secret.labels },
      type: secret.type,
      stringData: this.valuesOf(secret),
    }));
    await this.pipe({ apiVersion: 'v1', kind: 'List', items });
  }

  private async pipe(object: unknown) {
    const { code, stderr } = await this.kubectl.attempt(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
    if (code !== 0) throw new Error(stderr);
  }

  /** Applies the written objects with the Secrets that they need, and waits until they are available. */
  async apply() {
    const { objects } = this.built;
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
    await this.pipe({ apiVersion: 'v1', kind: 'List', items: namespaces });
    await this.applySecrets();
    await this.kubectl.run('apply', '--server-side', '-R', '-f', this.folder);
    await this.available();
  }

  /** Waits until all workloads are available. */
  available(): Promise<void> {
    return becomeAvailable(this.kubectl, this.built.objects, 300);
  }

  private async commit() {
    this.built = this.write();
    await this.apply();
  }

  /** Changes a setting. */
  async set(setting: string, value: unknown) {
    this.settings[setting] = value;
    await this.commit();
  }

  /** Sets other images of Salient. */
  async roll(images: Readonly<Record<string, Image>>) {
    this.images = images;
    await this.commit();
  }

  /** Adds a tenant. */
  async admit(tenant: TenantLine) {
    this.tenants = [...this.tenants, tenant];
    await this.commit();
  }

  /** Sets another value for a secret, which takes effect with its next revision. */
  async rotate(remote: string) {
    this.values.set(`${remote}#`, password());
    const { kind, revision } = this.settings.secrets as { kind: string; revision: number };
    await this.set('secrets', { kind, revision: revision + 1 });
  }

  /** A token as admin-api issues it. */
  token(): string {
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const text = [
      { alg: 'HS256', typ: 'JWT' },
      { sub: 'test', exp: expires },
    ]
      .map((part) => base64url(JSON.stringify(part)))
      .join('.');
    const signature = createHmac('sha256', this.valueAt('jwt/secret')).update(text).digest('base64url');
    return `${text}.${signature}`;
  }
}
