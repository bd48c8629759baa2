import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../lib/base/errors';
import type { ManifestObject } from '../lib/manifests/object';

/** What differs between tenants: the name of each, and the JSON secret that holds its password. */
export interface Tenant {
  readonly slug: string;
  readonly secret: string;
}

/** The objects of an environment, as a tool with a list of tenants wants them. */
export interface Workload {
  readonly tenants: readonly Tenant[];
  /** The objects that all tenants share, some of them with a line for each tenant. */
  readonly shared: readonly ManifestObject[];
  /** The objects of one tenant, with `SLUG` and `SECRET` in the place of its values. */
  readonly each: readonly ManifestObject[];
  /** The labels that all objects have. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Stand in the objects of a tenant for its values. */
export const SLUG = 'SLUG-OF-TENANT';
export const SECRET = 'SECRET-OF-TENANT';

const SECRETS = /^salient\/tenants(-\d+)?$/;

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The names of tenants. Each has the same length, so that none is a part of another. */
export function slugsOf(tenants: number): string[] {
  return Array.from({ length: tenants }, (_, index) => `tenant${String(index + 1).padStart(5, '0')}`);
}

/** Writes an environment with so many tenants as a project of Berth, in place of what is in the folder. */
export function writeProject(root: string, folder: string, tenants: number): void {
  rmSync(folder, { recursive: true, force: true });
  writeFiles(folder, {
    'environments/prod/salient.yaml': readFileSync(join(root, 'bench/salient.yaml'), 'utf8'),
    'environments/prod/tenants.yaml': slugsOf(tenants)
      .map((slug) => `- slug: ${slug}\n`)
      .join(''),
  });
}

function replaced<T>(value: T, replace: (text: string) => string): T {
  return JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? replace(one) : one));
}

/** The objects of a tenant. */
export function objectsOf({ each }: Pick<Workload, 'each'>, { slug, secret }: Tenant): readonly ManifestObject[] {
  return replaced(each, (text) => text.replaceAll(SLUG, slug).replaceAll(SECRET, secret));
}

function secretIn(objects: readonly ManifestObject[]): string {
  let found = '';
  replaced(objects, (text) => {
    if (SECRETS.test(text)) found = text;
    return text;
  });
  return found;
}

function commonLabels(objects: readonly ManifestObject[]): Record<string, string> {
  const [first, ...others] = objects.map(({ metadata }) => metadata.labels ?? {});
  const common = Object.entries(first ?? {}).filter(([key, value]) => others.every((one) => one[key] === value));
  return Object.fromEntries(common);
}

/**
 * Divides the objects of an environment into those of each tenant and those that all share.
 *
 * @throws Failure if no object belongs to a tenant
 */
export function workloadOf(objects: readonly ManifestObject[], slugs: readonly string[]): Workload {
  const own = new Map<string, ManifestObject[]>(slugs.map((slug) => [slug, []]));
  const shared: ManifestObject[] = [];
  for (const object of objects) {
    const [slug = ''] = /tenant\d{5}/.exec(object.metadata.name) ?? [];
    (own.get(slug) ?? shared).push(object);
  }
  const [first = ''] = slugs;
  const each = replaced(own.get(first) ?? [], (text) => text.replaceAll(first, SLUG).replace(SECRETS, SECRET));
  if (each.length === 0) throw new Failure(`no object belongs to ${first}; the workload of the benchmark needs one`);
  const tenants = slugs.map((slug) => ({ slug, secret: secretIn(own.get(slug) ?? []) }));
  return { tenants, shared, each, labels: commonLabels(objects) };
}
