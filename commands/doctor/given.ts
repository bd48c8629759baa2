import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import { edgePodsOf } from '../../lib/pipeline/intent';
import { counted, missing, ok, type Row, unknown } from './row';
import { condition, fromList, hasLabels, type Live, PODS, unseen, type View } from './view';
import { howToMake, ofKind, ownNamespaces, type Wanted, wantedPods } from './wanted';

/** Pods that policies name and others run: the cluster's DNS, operators, Prometheus. The edge's have rows of their own. */
export async function podRows(wanted: Wanted, view: View): Promise<Row[]> {
  const own = ownNamespaces(wanted);
  const edges = new Set(wanted.systems.map(({ model }) => edgePodsOf(model).namespace));
  const pods = wanted.prerequisites.filter(
    ({ kind, name, namespace = '' }) =>
      kind === 'Pod' && !own.has(namespace) && !(name === 'edge' && edges.has(namespace)),
  );
  const rows = pods.map(({ name, namespace, labels = {} }) => {
    const shown = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const row = { what: `${name} in ${namespace}`, needed: `ready pods with ${shown.join(', ')}` };
    return fromList(view, PODS, row, (all) => {
      const ready = all.filter(
        (pod) => pod.metadata.namespace === namespace && hasLabels(pod, labels) && condition(pod, 'Ready').holds,
      );
      const found = { ...row, found: ready.length === 0 ? 'none' : `${counted(ready.length, 'pod')} ready` };
      return ready.length > 0
        ? ok(found)
        : missing(
            found,
            'policies know it by these labels: install it there, or say in the environment file where it is',
          );
    });
  });
  return (await Promise.all(rows)).flat();
}

/** cert-manager's issuers, whoever makes them. */
export async function issuerRows(wanted: Wanted, view: View): Promise<Row[]> {
  const names = wanted.systems.flatMap(({ model }) => model.edge.issuer ?? []);
  const path = '/apis/cert-manager.io/v1/clusterissuers';
  const rows = [...new Set(names)].map((name) => {
    const row = { what: `ClusterIssuer ${name}`, needed: 'Ready' };
    const otherwise = 'make it, or name one that is there as edge.issuer';
    const mend = howToMake(wanted, 'ClusterIssuer', name, otherwise);
    return fromList(
      view,
      path,
      row,
      (issuers) => {
        const found = issuers.find(({ metadata }) => metadata.name === name);
        const others = issuers.map(({ metadata }) => metadata.name).join(', ');
        if (found === undefined) return missing({ ...row, found: others === '' ? 'none' : `others: ${others}` }, mend);
        const { holds, said } = condition(found, 'Ready');
        return holds
          ? ok({ ...row, found: 'Ready' })
          : missing({ ...row, found: said }, `kubectl describe clusterissuer ${name}`);
      },
      mend,
    );
  });
  return (await Promise.all(rows)).flat();
}

const MAKE = 'make it by hand; npm run secrets prints the commands for those of the systems themselves';

/** Secrets that people make. */
export async function secretRows(wanted: Wanted, view: View): Promise<Row[]> {
  const secrets = wanted.prerequisites.filter(
    (one): one is Prerequisite & { namespace: string } => one.kind === 'Secret' && one.namespace !== undefined,
  );
  // What an operator makes comes with what is applied.
  const made = new Set(ofKind(wanted, 'Cluster').map(({ metadata }) => `${metadata.namespace}/${metadata.name}-ca`));
  const rows = secrets
    .filter(({ namespace, name }) => !made.has(`${namespace}/${name}`))
    .map(async ({ namespace, name, keys = [] }): Promise<Row> => {
      const row = {
        what: `Secret ${namespace}/${name}`,
        needed: keys.length === 0 ? 'made by hand' : `with ${keys.join(', ')}`,
      };
      const answer = await view.keysOf(namespace, name);
      if (answer.kind === 'absent') return missing({ ...row, found: 'none' }, MAKE);
      const not = unseen(answer, row, 'secrets', '');
      if (not !== undefined || answer.kind !== 'found') return not as Row;
      const lacking = keys.filter((key) => !answer.value.includes(key));
      if (lacking.length === 0) return ok({ ...row, found: 'there' });
      return missing({ ...row, found: `without ${lacking.join(', ')}` }, MAKE);
    });
  return Promise.all(rows);
}

/** PriorityClasses that pods name. Those of Kubernetes itself are in every cluster. */
export async function priorityRows(wanted: Wanted, view: View): Promise<Row[]> {
  const templates = ofKind(wanted, 'Job', 'CronJob').map(({ spec }) => (spec.jobTemplate?.spec ?? spec).template.spec);
  const specs: Live[] = [...wantedPods(wanted).map(({ spec }) => spec), ...templates];
  const names = specs.map(({ priorityClassName }) => priorityClassName).filter((name) => name !== undefined);
  const rows = [...new Set<string>(names)]
    .filter((name) => !name.startsWith('system-'))
    .map((name) => {
      const row = { what: `PriorityClass ${name}`, needed: 'there before pods that name it' };
      return fromList(view, '/apis/scheduling.k8s.io/v1/priorityclasses', row, (classes) => {
        const found = classes.find(({ metadata }) => metadata.name === name);
        if (found !== undefined) return ok({ ...row, found: `of ${found.value}` });
        return missing({ ...row, found: 'none' }, howToMake(wanted, 'PriorityClass', name, 'make it'));
      });
    });
  return (await Promise.all(rows)).flat();
}

const ENFORCED = 'pod-security.kubernetes.io/enforce';

/** What namespaces let run. Whether the API server's admission plugin is on cannot be read; it is, unless somebody turned it off. */
export async function podSecurityRows(wanted: Wanted, view: View): Promise<Row[]> {
  const namespaces = ofKind(wanted, 'Namespace').filter(({ metadata }) => metadata.labels?.[ENFORCED] !== undefined);
  const [first] = namespaces;
  if (first === undefined) return [];
  const row = {
    what: 'PodSecurity',
    needed: `${namespaces.map(({ metadata }) => metadata.name).join(', ')}: restricted`,
  };
  const try_ = `kubectl run plain --image=plain --dry-run=server -n ${first.metadata.name} has to be refused`;
  return fromList(view, '/api/v1/namespaces', row, (all) => {
    const there = namespaces.flatMap((one) => all.filter(({ metadata }) => metadata.name === one.metadata.name));
    const others = there.filter((one) => one.metadata.labels?.[ENFORCED] !== first.metadata.labels[ENFORCED]);
    const said = others.map(({ metadata }) => `${metadata.name} has ${metadata.labels?.[ENFORCED] ?? 'no level'}`);
    if (said.length > 0)
      return unknown(
        { ...row, found: said.join(', ') },
        'applying changes it; pods that run stay, and are not made again',
      );
    return unknown(
      { ...row, found: `${there.length} of ${namespaces.length} are there` },
      `whether it is enforced is not to be read; ${try_}`,
    );
  });
}
