import type { ManifestObject } from '../../../lib/manifests/object';
import type { Any } from '../../support';

/** The content of a secret store: texts, or JSON objects, by their keys. */
export type SecretStore = Record<string, string | Record<string, string>>;

/** A reference to a value, and how a template changes it. */
const ACTION =
  /\{\{ (?:\.(?<plain>[\w.-]+)|index \. "(?<named>[^"]+)")(?<trimmed> \| trimAll "\\n")?(?:(?<encoded> \| urlquery \| replace "\+" "%20")|(?<doubled> \| replace "\\"" "\\"\\""))? \}\}/g;

/** A Go template as those of Berth: keys, whose line breaks may be trimmed, and which may be encoded for URLs, or quoted. */
function rendered(template: string, values: Readonly<Record<string, string>>): string {
  const text = template.replace(ACTION, (...match) => {
    const { plain, named, trimmed, encoded, doubled } = match.at(-1) as Record<string, string | undefined>;
    const value = values[(plain ?? named) as string] ?? '';
    const clean = trimmed === undefined ? value : value.replace(/^\n+|\n+$/g, '');
    if (doubled !== undefined) return clean.replaceAll('"', '""');
    return encoded === undefined ? clean : encodeURIComponent(clean);
  });
  if (text.includes('{{')) throw new Error(`given the template ${template}, expected keys alone`);
  return text;
}

/**
 * The operator External Secrets, as far as the tests need it: it makes Secrets of ExternalSecrets. Those with a refresh interval are fetched
 * at each pass of an hour, and those with the policy OnChange when their spec, annotations or labels change.
 * Source: external-secrets.io, ExternalSecret, Update Behavior.
 */
export class ExternalSecrets {
  private readonly made = new Map<string, { readonly from: string; readonly secret: ManifestObject }>();

  /** @param store a test may change its content at any time */
  constructor(private readonly store: SecretStore) {}

  /** The Secrets that there are after all objects were applied, and, if so, an hour later. */
  secrets(objects: readonly ManifestObject[], { hourLater = false } = {}): ManifestObject[] {
    for (const object of objects.filter(({ kind }) => kind === 'ExternalSecret')) {
      const { namespace, name, labels, annotations } = object.metadata;
      const from = JSON.stringify([object.spec, labels, annotations]);
      const known = this.made.get(`${namespace}/${name}`);
      const due = hourLater && object.spec.refreshPolicy === undefined && object.spec.refreshInterval === '1h';
      if (due || known?.from !== from) this.made.set(`${namespace}/${name}`, { from, secret: this.fetched(object) });
    }
    return [...this.made.values()].map(({ secret }) => secret);
  }

  private fetched({ metadata: { namespace }, spec }: Any): ManifestObject {
    const { name, template = {} } = spec.target;
    const values: Record<string, string> = {
      ...Object.assign({}, ...(spec.dataFrom ?? []).map(({ extract }: Any) => this.store[extract.key])),
      ...Object.fromEntries(
        (spec.data ?? []).map(({ secretKey, remoteRef }: Any) => [secretKey, this.value(remoteRef)]),
      ),
    };
    const composed = Object.entries<string>(template.data ?? {}).map(([key, text]) => [key, rendered(text, values)]);
    const stringData = { ...(template.mergePolicy !== 'Replace' && values), ...Object.fromEntries(composed) };
    return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: template.type, stringData };
  }

  private value({ key, property }: { readonly key: string; readonly property?: string }): string {
    const found = this.store[key];
    const value = property === undefined || found === undefined ? found : (found as Record<string, string>)[property];
    if (typeof value !== 'string') throw new Error(`the store has no ${key} ${property ?? ''}`);
    return value;
  }
}
