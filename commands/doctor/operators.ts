import { counted } from '../../lib/base/counted';
import { condition, type Live, PODS, type View } from '../shared/view';
import { ofKind, type Requirements } from './requirements';
import { missing, ok, type Row, rowsFromList, unknown } from './row';

const EXTERNAL_SECRETS = { SecretStore: 'secretstores', ExternalSecret: 'externalsecrets' } as const;

/** How many of the objects that are not ready are listed. */
const SHOWN = 3;

/** The pods of the External Secrets operator, in any namespace. */
function operatorPodRows(requirements: Requirements, view: View): Promise<Row[]> {
  if (ofKind(requirements, 'ExternalSecret').length === 0) return Promise.resolve([]);
  const row = { what: 'External Secrets', needed: 'ready pods of the operator' };
  return rowsFromList(view, PODS, row, (pods) => {
    const own = pods.filter(
      ({ metadata, spec }) =>
        metadata.labels?.['app.kubernetes.io/name'] === 'external-secrets' ||
        spec.containers.some(({ image }: Live) => /\/external-secrets(:|@|$)/.test(image)),
    );
    const ready = own.filter((pod) => condition(pod, 'Ready').holds);
    const where = [...new Set(ready.map(({ metadata }) => metadata.namespace))].join(', ');
    if (ready.length > 0) return ok({ ...row, found: `${counted(ready.length, 'pod')} in ${where}` });
    return missing(
      { ...row, found: own.length === 0 ? 'none' : 'none is ready' },
      'install External Secrets, or find out why it does not start',
    );
  });
}

/** SecretStores and ExternalSecrets, once they are applied. */
async function externalSecretRows(requirements: Requirements, view: View): Promise<Row[]> {
  const rows = Object.entries(EXTERNAL_SECRETS).map(([kind, plural]) => {
    const own = ofKind(requirements, kind);
    if (own.length === 0) return Promise.resolve([]);
    const row = { what: `${kind}s`, needed: `${own.length} Ready` };
    return rowsFromList(
      view,
      `/apis/external-secrets.io/v1/${plural}`,
      row,
      (all) => {
        const key = ({ metadata }: Live) => `${metadata.namespace}/${metadata.name}`;
        const names = new Set(own.map(key));
        const there = all.filter((one) => names.has(key(one)));
        const failed = there.filter((one) => !condition(one, 'Ready').holds);
        const found = { ...row, found: `${there.length - failed.length} of ${own.length}` };
        if (failed.length > 0) {
          const messages = failed.slice(0, SHOWN).map((one) => `${key(one)}: ${condition(one, 'Ready').message}`);
          if (failed.length > SHOWN) messages.push(`and ${failed.length - SHOWN} more`);
          return missing(
            { ...found, found: `${found.found}; ${messages.join('; ')}` },
            'npm run secrets prints what the store has to hold, and the access policy that it needs',
          );
        }
        return there.length === own.length
          ? ok(found)
          : unknown(found, 'the others are not applied yet; run this again then');
      },
      'install External Secrets 0.17 or later: https://external-secrets.io',
    );
  });
  return (await Promise.all(rows)).flat();
}

/** The plug-ins that CloudNativePG Clusters use. The operator finds them by a label of their Service, in its own namespace. */
async function pluginRows(requirements: Requirements, view: View): Promise<Row[]> {
  const plugins = requirements.systems.flatMap(({ model, objects }) =>
    model.clusters.flatMap((cluster) =>
      ofKind({ objects }, 'Cluster')
        .filter(({ metadata }) => metadata.namespace === cluster.namespace && metadata.name === cluster.name)
        .flatMap(({ spec }) => (spec.plugins ?? []).map(({ name }: Live) => ({ name, namespace: cluster.operator }))),
    ),
  );
  const distinct = new Map<string, { name: string; namespace: string }>(
    plugins.map((one) => [JSON.stringify(one), one]),
  );
  const rows = [...distinct.values()].map(({ name, namespace }) => {
    const row = { what: `plug-in ${name}`, needed: `in ${namespace}, beside the operator` };
    return rowsFromList(view, `/api/v1/namespaces/${namespace}/services`, row, (services) => {
      const found = services.find(({ metadata }) => metadata.labels?.['cnpg.io/pluginName'] === name);
      if (found !== undefined) return ok({ ...row, found: `Service ${found.metadata.name}` });
      return missing({ ...row, found: 'none' }, 'install it there: https://cloudnative-pg.io/plugin-barman-cloud');
    });
  });
  return (await Promise.all(rows)).flat();
}

/** The operators that an environment needs, and the state of their resources. */
export async function operatorRows(requirements: Requirements, view: View): Promise<Row[]> {
  const rows = [operatorPodRows, externalSecretRows, pluginRows].map((of) => of(requirements, view));
  return (await Promise.all(rows)).flat();
}
