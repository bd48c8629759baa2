import { besides, type ComposeDocument, type ComposeService, sourceOf } from './document';
import { PREPARE, TOOLS_VOLUME } from './prepare';
import { JOBS } from './service';

/** The constraint of what needs the node with the data. The label has the name of the stack. */
export const onDataNode = (project: string) => `node.labels.${project}==data`;

/** The constraint of a task that runs when it is told to: no node has this label, and the command takes the constraint away. */
export const onDemand = (project: string) => `node.labels.${project}==on-demand`;

/** Whether a service runs when it is told to. */
const isOnDemand = ({ profiles = [] }: ComposeService) => profiles.includes(JOBS);

/** Whether a stack has a service: not what monitors, since a stack cannot publish at the loopback address of a machine. */
export const isInStack = (service: ComposeService) => service.profiles === undefined || isOnDemand(service);

/** Whether a service needs what is on one node: a port of it, data, or files that another service writes. */
function isPinned(
  { volumes = [], ports = [] }: ComposeService,
  { services }: ComposeDocument,
  data: ReadonlySet<string>,
) {
  const others = Object.entries(services).flatMap(([name, one]) => (name === PREPARE ? [] : [one]));
  const isShared = (source: string) =>
    !source.startsWith('./') &&
    source !== TOOLS_VOLUME &&
    others.filter((one) => one.volumes?.some((own) => sourceOf(own) === source)).length > 1;
  return ports.length > 0 || volumes.map(sourceOf).some((source) => data.has(source) || isShared(source));
}

function resourcesOf({ deploy, cpu_quota: quota }: ComposeService) {
  if (deploy === undefined) return {};
  const { limits, reservations } = deploy.resources;
  const { devices = [], ...reserved } = reservations;
  const gpus = devices.reduce((sum, { count }) => sum + count, 0);
  const generic = [{ discrete_resource_spec: { kind: 'NVIDIA-GPU', value: gpus } }];
  return {
    resources: {
      limits: { cpus: limits.cpus ?? String((quota as number) / 100_000), memory: limits.memory },
      reservations: { ...reserved, ...(gpus > 0 && { generic_resources: generic }) },
    },
  };
}

/** A task is tried again until it succeeds; but not one that a person or cron starts, or whose containers meet only at their start. */
function taskOf(name: string, service: ComposeService, { services }: ComposeDocument) {
  const first = besides(service) ?? name;
  const isTogether = Object.values(services).some((one) => besides(one) === first);
  return {
    mode: name === PREPARE ? 'global-job' : 'replicated-job',
    restart_policy: { condition: isTogether || isOnDemand(service) ? 'none' : 'on-failure' },
  };
}

/** The new task starts first, where it may run beside the old one. */
function updatesOf(order: 'start-first' | 'stop-first') {
  return { update_config: { order, failure_action: 'rollback', monitor: '30s' }, rollback_config: { order } };
}

/**
 * Where and how a service of a stack runs. A name leads to the addresses of all its healthy tasks, as in compose: behind one virtual
 * address, Swarm would end connections that are idle for 15 minutes, as those of pools are.
 * Source: docs.docker.com, Compose Deploy Specification; Swarm, Overlay networks.
 *
 * @param data the volumes whose content is kept
 * @param isAlone whether two tasks of one slot must not run at the same time
 */
export function deployOf(
  name: string,
  service: ComposeService,
  document: ComposeDocument,
  { data, isAlone }: { readonly data: ReadonlySet<string>; readonly isAlone: boolean },
) {
  const pinned = name !== PREPARE && isPinned(service, document, data);
  const constraints = [
    ...(pinned ? [onDataNode(document.name)] : []),
    ...(isOnDemand(service) ? [onDemand(document.name)] : []),
  ];
  const replicas = service.deploy?.replicas;
  return {
    ...(replicas !== undefined && { replicas }),
    ...(service.restart === 'no'
      ? taskOf(name, service, document)
      : updatesOf(pinned || isAlone ? 'stop-first' : 'start-first')),
    endpoint_mode: 'dnsrr',
    ...(constraints.length > 0 && { placement: { constraints } }),
    ...resourcesOf(service),
  };
}
