import { counted, missing, ok, type Row, unknown } from './row';
import { condition, fromList, type Live, PODS, type View } from './view';
import { ofKind, type Wanted } from './wanted';

const EXTERNAL_SECRETS = { SecretStore: 'secretstores', ExternalSecret: 'externalsecrets' } as const;

/** Of many that are not well, so many are named. */
const SHOWN = 3;

/** The operator that fetches secrets, wherever it runs. */
function fetcherRows(wanted: Wanted, view: View): Promise<Row[]> {
  if (ofKind(wanted, 'ExternalSecret').length === 0) return Promise.resolve([]);
  const row = { what: 'External Secrets', needed: 'ready pods of the operator' };
  return fromList(view, PODS, row, (pods) => {
    const own = pods.filter(
      ({ metadata, spec }) =>
        metadata.labels?.['app.kubernetes.io/name'] === 'external-secrets' ||
        spec.containers.some(({ image }: Live) => /\/external-secrets(:|@|$)/.test(image)),
    );
    const ready = own.filter((pod) => condition(pod, 'Ready').holds);
    const where = [...new Set(ready.map(({ metadata }) => metadata.namespace))].join(', ');
    if (ready.length > 0) return ok({ ...row, found: `${counted(ready.length, 'pod')} in ${where}` });
    return missing(
      { ...row, found: own.length === 0 ? 'none' : 'none that is ready' },
      'install External Secrets, or see why it does not start',
    );
  });
}

/** Stores and what is fetched from them, once they are applied. */
async function fetchedRows(wanted: Wanted, view: View): Promise<Row[]> {
  const rows = Object.entries(EXTERNAL_SECRETS).map(([kind, plural]) => {
    const own = ofKind(wanted, kind);
    if (own.length === 0) return Promise.resolve([]);
    const row = { what: `${kind}s`, needed: `${own.length} Ready` };
    return fromList(
      view,
      `/apis/external-secrets.io/v1/${plural}`,
      row,
      (all) => {
        const key = ({ metadata }: Live) => `${metadata.namespace}/${metadata.name}`;
        const names = new Set(own.map(key));
        const there = all.filter((one) => names.has(key(one)));
        const not = there.filter((one) => !condition(one, 'Ready').holds);
        const found = { ...row, found: `${there.length - not.length} of ${own.length}` };
        if (not.length > 0) {
          const said = not.slice(0, SHOWN).map((one) => `${key(one)}: ${condition(one, 'Ready').said}`);
          if (not.length > SHOWN) said.push(`and ${not.length - SHOWN} more`);
          return missing(
            { ...found, found: `${found.found}; ${said.join('; ')}` },
            'npm run secrets says what the store has to hold, and who has to be let in',
          );
        }
        return there.length === own.length
          ? ok(found)
          : unknown(found, 'the others come when they are applied; look again then');
      },
      'install External Secrets 0.17 or later: https://external-secrets.io',
    );
  });
  return (await Promise.all(rows)).flat();
}

/** The plug-ins that clusters of CloudNativePG name. The operator finds them by a label of their Service, in its own namespace. */
async function pluginRows(wanted: Wanted, view: View): Promise<Row[]> {
  const plugins = wanted.systems.flatMap(({ model, objects }) =>
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
    return fromList(view, `/api/v1/namespaces/${namespace}/services`, row, (services) => {
      const found = services.find(({ metadata }) => metadata.labels?.['cnpg.io/pluginName'] === name);
      if (found !== undefined) return ok({ ...row, found: `Service ${found.metadata.name}` });
      return missing({ ...row, found: 'none' }, 'install it there: https://cloudnative-pg.io/plugin-barman-cloud');
    });
  });
  return (await Promise.all(rows)).flat();
}

/** The operators whose resources an environment has, and what they say of those. */
export async function operatorRows(wanted: Wanted, view: View): Promise<Row[]> {
  const rows = [fetcherRows, fetchedRows, pluginRows].map((of) => of(wanted, view));
  return (await Promise.all(rows)).flat();
}
