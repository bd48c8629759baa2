import { missing, ok, type Row } from './row';
import { fromList, type Live, type View } from './view';
import { ofKind, type Wanted } from './wanted';

const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const DEFAULT = 'storageclass.kubernetes.io/is-default-class';

/** Who asks for volumes, by the class that they name. Empty where they name none. */
function askers(wanted: Wanted): Map<string, string[]> {
  const claims = [
    ...ofKind(wanted, 'PersistentVolumeClaim').map(({ metadata, spec }) => [spec.storageClassName, metadata.name]),
    ...ofKind(wanted, 'StatefulSet').flatMap(({ metadata, spec }) =>
      (spec.volumeClaimTemplates ?? []).map((claim: Live) => [claim.spec.storageClassName, metadata.name]),
    ),
    ...ofKind(wanted, 'Cluster').flatMap(({ metadata, spec }) =>
      spec.storage === undefined ? [] : [[spec.storage.storageClass, metadata.name]],
    ),
  ];
  const named = new Map<string, string[]>();
  for (const [name = '', asker] of claims) named.set(name, [...(named.get(name) ?? []), asker]);
  return named;
}

export async function storageRows(wanted: Wanted, view: View): Promise<Row[]> {
  const rows = [...askers(wanted)].map(([name, who]) => {
    const what = name === '' ? 'default StorageClass' : `StorageClass ${name}`;
    const row = { what, needed: `for ${[...new Set(who)].join(', ')}` };
    return fromList(view, CLASSES, row, (classes) => {
      const has = (one: Live) =>
        name === '' ? one.metadata.annotations?.[DEFAULT] === 'true' : one.metadata.name === name;
      const found = classes.find(has);
      const names = classes.map(({ metadata }) => metadata.name).join(', ');
      if (found === undefined) {
        const mend =
          name === '' ? 'name one as storageClass in the environment file, or make one the default' : 'make it';
        return missing({ ...row, found: names === '' ? 'none' : `others: ${names}` }, mend);
      }
      const grows = found.allowVolumeExpansion === true ? 'volumes can grow' : 'volumes cannot grow';
      return ok({ ...row, found: `${found.metadata.name}, ${grows}` });
    });
  });
  return (await Promise.all(rows)).flat();
}
