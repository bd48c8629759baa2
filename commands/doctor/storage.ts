import type { Live, View } from '../shared/view';
import { ofKind, type Requirements } from './requirements';
import { missing, ok, type Row, rowsFromList } from './row';

const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const DEFAULT = 'storageclass.kubernetes.io/is-default-class';

/** The names of objects with volume claims, by the storage class that they use: '' for the default one. */
function claimsByClass(requirements: Requirements): Map<string, string[]> {
  const claims = [
    ...ofKind(requirements, 'PersistentVolumeClaim').map(({ metadata, spec }) => [
      spec.storageClassName,
      metadata.name,
    ]),
    ...ofKind(requirements, 'StatefulSet').flatMap(({ metadata, spec }) =>
      (spec.volumeClaimTemplates ?? []).map((claim: Live) => [claim.spec.storageClassName, metadata.name]),
    ),
    ...ofKind(requirements, 'Cluster').flatMap(({ metadata, spec }) =>
      spec.storage === undefined ? [] : [[spec.storage.storageClass, metadata.name]],
    ),
  ];
  const named = new Map<string, string[]>();
  for (const [name = '', claimant] of claims) named.set(name, [...(named.get(name) ?? []), claimant]);
  return named;
}

/** The StorageClasses that volumes need. */
export async function storageRows(requirements: Requirements, view: View): Promise<Row[]> {
  const rows = [...claimsByClass(requirements)].map(([name, who]) => {
    const what = name === '' ? 'default StorageClass' : `StorageClass ${name}`;
    const row = { what, needed: `for ${[...new Set(who)].join(', ')}` };
    return rowsFromList(view, CLASSES, row, (classes) => {
      const has = (one: Live) =>
        name === '' ? one.metadata.annotations?.[DEFAULT] === 'true' : one.metadata.name === name;
      const found = classes.find(has);
      const names = classes.map(({ metadata }) => metadata.name).join(', ');
      if (found === undefined) {
        const mend =
          name === '' ? 'set storageClass in the environment file, or make a class the default' : 'create it';
        return missing({ ...row, found: names === '' ? 'none' : `others: ${names}` }, mend);
      }
      const grows = found.allowVolumeExpansion === true ? 'volumes can grow' : 'volumes cannot grow';
      return ok({ ...row, found: `${found.metadata.name}, ${grows}` });
    });
  });
  return (await Promise.all(rows)).flat();
}

const CLAIMS = '/api/v1/persistentvolumeclaims';

/** The claims that tasks mount and no system describes, such as that of a backup repository. */
export async function existingClaimRows({ prerequisites }: Requirements, view: View): Promise<Row[]> {
  const rows = prerequisites
    .filter(({ kind }) => kind === 'PersistentVolumeClaim')
    .map(({ namespace, name }) => {
      const row = { what: `PersistentVolumeClaim ${namespace}/${name}`, needed: 'made by hand' };
      return rowsFromList(view, CLAIMS, row, (claims) => {
        const found = claims.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
        if (found === undefined) return missing({ ...row, found: 'none' }, 'create it; the pods wait for it');
        const modes = (found.spec.accessModes ?? []).join(', ');
        return ok({ ...row, found: [found.status?.phase, modes].filter(Boolean).join(', ') });
      });
    });
  return (await Promise.all(rows)).flat();
}
