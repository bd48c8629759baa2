import { counted } from '../../lib/base/counted';
import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import { edgePodsOf } from '../../lib/pipeline/intent';
import { condition, hasLabels, type Live, PODS, type View } from '../shared/view';
import { howToCreate, namespacesIn, ofKind, type Requirements, requiredPods } from './requirements';
import { missing, ok, type Row, rowsFromList, unknown, unreadable } from './row';

/** Pods that policies select and Berth does not deploy: the cluster's DNS, operators, Prometheus. The edge's pods have their own rows. */
export async function prerequisitePodRows(requirements: Requirements, view: View): Promise<Row[]> {
  const own = namespacesIn(requirements);
  const edges = new Set(requirements.systems.map(({ model }) => edgePodsOf(model).namespace));
  const pods = requirements.prerequisites.filter(
    ({ kind, name, namespace = '' }) =>
      kind === 'Pod' && !own.has(namespace) && !(name === 'edge' && edges.has(namespace)),
  );
  const rows = pods.map(({ name, namespace, labels = {} }) => {
    const shown = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const row = { what: `${name} in ${namespace}`, needed: `ready pods with ${shown.join(', ')}` };
    return rowsFromList(view, PODS, row, (all) => {
      const ready = all.filter(
        (pod) => pod.metadata.namespace === namespace && hasLabels(pod, labels) && condition(pod, 'Ready').holds,
      );
      const found = { ...row, found: ready.length === 0 ? 'none' : `${counted(ready.length, 'pod')} ready` };
      return ready.length > 0
        ? ok(found)
        : missing(
            found,
            'policies select it by these labels: install it there, or name its place in the environment file',
          );
    });
  });
  return (await Promise.all(rows)).flat();
}

/** cert-manager's issuers that the edges use. */
export async function issuerRows(requirements: Requirements, view: View): Promise<Row[]> {
  const names = requirements.systems.flatMap(({ model }) => model.edge.issuer ?? []);
  const path = '/apis/cert-manager.io/v1/clusterissuers';
  const rows = [...new Set(names)].map((name) => {
    const row = { what: `ClusterIssuer ${name}`, needed: 'Ready' };
    const otherwise = 'create it, or set edge.issuer to an existing one';
    const mend = howToCreate(requirements, 'ClusterIssuer', name, otherwise);
    return rowsFromList(
      view,
      path,
      row,
      (issuers) => {
        const found = issuers.find(({ metadata }) => metadata.name === name);
        const others = issuers.map(({ metadata }) => metadata.name).join(', ');
        if (found === undefined) return missing({ ...row, found: others === '' ? 'none' : `others: ${others}` }, mend);
        const { holds, message } = condition(found, 'Ready');
        return holds
          ? ok({ ...row, found: 'Ready' })
          : missing({ ...row, found: message }, `kubectl describe clusterissuer ${name}`);
      },
      mend,
    );
  });
  return (await Promise.all(rows)).flat();
}

const CREATE_BY_HAND = 'create it by hand; npm run secrets prints the commands for the Secrets of systems';

/** Secrets that are created by hand. */
export async function secretRows(requirements: Requirements, view: View): Promise<Row[]> {
  const secrets = requirements.prerequisites.filter(
    (one): one is Prerequisite & { namespace: string } => one.kind === 'Secret' && one.namespace !== undefined,
  );
  // CloudNativePG creates these when its Cluster is applied.
  const createdByOperator = new Set(
    ofKind(requirements, 'Cluster').map(({ metadata }) => `${metadata.namespace}/${metadata.name}-ca`),
  );
  const rows = secrets
    .filter(({ namespace, name }) => !createdByOperator.has(`${namespace}/${name}`))
    .map(async ({ namespace, name, keys = [] }): Promise<Row> => {
      const row = {
        what: `Secret ${namespace}/${name}`,
        needed: keys.length === 0 ? 'created by hand' : `with ${keys.join(', ')}`,
      };
      const answer = await view.keysOf(namespace, name);
      if (answer.kind === 'absent') return missing({ ...row, found: 'none' }, CREATE_BY_HAND);
      const failure = unreadable(answer, row, 'secrets', '');
      if (failure !== undefined || answer.kind !== 'found') return failure as Row;
      const lacking = keys.filter((key) => !answer.value.includes(key));
      if (lacking.length === 0) return ok({ ...row, found: 'there' });
      return missing({ ...row, found: `without ${lacking.join(', ')}` }, CREATE_BY_HAND);
    });
  return Promise.all(rows);
}

/** PriorityClasses that pods use, except the built-in ones of Kubernetes. */
export async function priorityClassRows(requirements: Requirements, view: View): Promise<Row[]> {
  const templates = ofKind(requirements, 'Job', 'CronJob').map(
    ({ spec }) => (spec.jobTemplate?.spec ?? spec).template.spec,
  );
  const specs: Live[] = [...requiredPods(requirements).map(({ spec }) => spec), ...templates];
  const names = specs.map(({ priorityClassName }) => priorityClassName).filter((name) => name !== undefined);
  const rows = [...new Set<string>(names)]
    .filter((name) => !name.startsWith('system-'))
    .map((name) => {
      const row = { what: `PriorityClass ${name}`, needed: 'before the pods that use it' };
      return rowsFromList(view, '/apis/scheduling.k8s.io/v1/priorityclasses', row, (classes) => {
        const found = classes.find(({ metadata }) => metadata.name === name);
        if (found !== undefined) return ok({ ...row, found: `value ${found.value}` });
        return missing({ ...row, found: 'none' }, howToCreate(requirements, 'PriorityClass', name, 'create it'));
      });
    });
  return (await Promise.all(rows)).flat();
}

const ENFORCED = 'pod-security.kubernetes.io/enforce';

/** The Pod Security levels of namespaces. Whether the admission plugin is enabled cannot be read from the API; it is by default. */
export async function podSecurityRows(requirements: Requirements, view: View): Promise<Row[]> {
  const namespaces = ofKind(requirements, 'Namespace').filter(
    ({ metadata }) => metadata.labels?.[ENFORCED] !== undefined,
  );
  const [first] = namespaces;
  if (first === undefined) return [];
  const row = {
    what: 'PodSecurity',
    needed: `${namespaces.map(({ metadata }) => metadata.name).join(', ')}: restricted`,
  };
  const proof = `test it: kubectl run plain --image=plain --dry-run=server -n ${first.metadata.name} has to be refused`;
  return rowsFromList(view, '/api/v1/namespaces', row, (all) => {
    const there = namespaces.flatMap((one) => all.filter(({ metadata }) => metadata.name === one.metadata.name));
    const others = there.filter((one) => one.metadata.labels?.[ENFORCED] !== first.metadata.labels[ENFORCED]);
    const levels = others.map(({ metadata }) => `${metadata.name} has ${metadata.labels?.[ENFORCED] ?? 'no level'}`);
    if (levels.length > 0)
      return unknown(
        { ...row, found: levels.join(', ') },
        'applying changes the level; running pods stay, but pods that violate it are not created again',
      );
    return unknown(
      { ...row, found: `${there.length} of ${namespaces.length} exist` },
      `whether it is enforced cannot be read; ${proof}`,
    );
  });
}
